import EventLog
import EventStream
import HTTPTypes
import HTTPWire
import NIOCore
import Testing

@testable import GatewayRules
@testable import HTTPServing

/// A publisher's JSON: what becomes an event, and what is said of the rest.
@Suite struct NewEventJSONTests {
    private static let limits = PublishLimits(eventBytes: 64, batchEvents: 4, usersPerEvent: 3)

    private static func event(_ text: String) throws -> NewEvent {
        try NewEvent(json: ByteBuffer(string: text), limits: limits)
    }

    private static func problem(_ text: String) throws -> Problem {
        try problem(ByteBuffer(string: text))
    }

    private static func problem(_ bytes: ByteBuffer) throws -> Problem {
        do {
            _ = try NewEvent(json: bytes, limits: limits)
        } catch {
            return error
        }
        throw NoResponse(text: "taken: \(String(buffer: bytes))")
    }

    // MARK: Good ones

    @Test(arguments: [
        (#"{"user":"alice"}"#, Audience.user("alice")),
        (#"{"users":["alice","bob"]}"#, .users(["alice", "bob"])),
        (#"{"users":["bob","alice","bob","bob"]}"#, .users(["bob", "alice"])),
        (#"{"topic":"rooms/1"}"#, .topic("rooms/1")),
        (#"{"everyone":true}"#, .everyone),
        (#"{"user":"\u00e9\ud83d\ude00 \"x\""}"#, .user("é😀 \"x\"")),
    ])
    func `each audience`(text: String, audience: Audience) throws {
        #expect(try Self.event(#"{"to":\#(text),"data":"x"}"#).audience == audience)
    }

    @Test func `members in any order, space anywhere`() throws {
        let event = try Self.event(
            "\n{ \"ttl\" : 60 ,\t\"data\": \"x\",\"event\":\"comment\" , \"to\":{\"user\":\"a\"}}\r\n ")
        #expect(event.audience == .user("a"))
        #expect(event.name?.text == "comment")
        #expect(event.timeToLive == 60)
        #expect(String(buffer: event.data) == "x")
    }

    /// Python's `60.0` and PHP's, whose numbers have lost that they were whole.
    @Test(arguments: ["60", "60.0", "6e1", "0.6e2"]) func `a whole number is one however it is written`(
        text: String
    ) throws {
        let event = try Self.event(#"{"to":{"everyone":true},"data":"x","ttl":\#(text)}"#)
        #expect(event.timeToLive == 60)
    }

    @Test func `what is left out has no value`() throws {
        let event = try Self.event(#"{"to":{"everyone":true},"data":""}"#)
        #expect(event.name == nil)
        #expect(event.timeToLive == nil)
        #expect(event.data.readableBytes == 0)
    }

    @Test func `a string becomes its text`() throws {
        let event = try Self.event(#"{"to":{"everyone":true},"data":"a\nb\u20ac\\\/"}"#)
        #expect(String(buffer: event.data) == "a\nb€\\/")
    }

    @Test(arguments: [
        "null", "true", "false", "0", "-1.50e+3", "1E400", "123456789012345678901234567890", "[]", "{}",
        #"[1, 2 ,{"a" : "\u0041\n"}]"#, #"{ "b":1,  "a": [ ] }"#,
    ])
    func `any other value is passed on byte for byte`(data: String) throws {
        let event = try Self.event("{\"to\":{\"everyone\":true},\"data\": \(data) }")
        #expect(String(buffer: event.data) == data)
    }

    @Test func `data as large as the limit is taken`() throws {
        let text = String(repeating: "x", count: 64)
        #expect(try Self.event(#"{"to":{"everyone":true},"data":"\#(text)"}"#).data.readableBytes == 64)
    }

    // MARK: No JSON

    @Test(arguments: [
        "", " ", "{", "nonsense", "{\"to\"}", #"{"to":{"user":"a"},"data":"x"} x"#,
        #"{"to":{"user":"a"},"data":"x"}{}"#,
        #"{"to":{"user":"a"},"data":"x",}"#, #"{"to":{"user":"a"},"to":{"user":"b"},"data":"x"}"#,
        #"{"to":{"user":"a"},"data":1,"data":2}"#, #"{"to":{"user":"a","user":"b"},"data":"x"}"#,
        #"{"to":{"user":"a"},"data":{"k":1,"k":2}}"#, #"{"to":{"user":"a"},"data":"\#u{1}"}"#,
        #"{"to":{"user":"a"},"data":"\ud800"}"#, #"{"to":{"user":"a"},"data":"\x"}"#, #"{'to':{}}"#,
        #"{"to":{"user":"a"},"data":01}"#, #"{"to":{"user":"a"},"data":+1}"#, #"{"to":{"user":"a"},"data":NaN}"#,
        #"{"to":{"user":"a"},"data":tru}"#, #"{"to":{"user":"a"},"data":"x","ttl":01}"#,
        "\u{FEFF}{\"to\":{\"user\":\"a\"},\"data\":\"x\"}", String(repeating: "[", count: 5000),
        #"{"to":{"user":"a"},"data":"# + String(repeating: "[", count: 50) + String(repeating: "]", count: 50) + "}",
    ])
    func `what is no JSON is said to be none, and where`(text: String) throws {
        let problem = try Self.problem(text)
        #expect(problem.status == .badRequest)
        #expect(problem.code == "json-invalid", "\(problem.detail)")
        #expect(problem.detail.hasPrefix("The JSON text "))
        #expect(problem.detail.contains("(byte "))
    }

    @Test(arguments: [
        [0xC3, 0x28], [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
    ])
    func `what is no UTF-8 is refused`(bytes: [UInt8]) throws {
        for place in [
            #"{"to":{"user":"a"},"data":"*"}"#, #"{"to":{"user":"*"},"data":"x"}"#,
            #"{"to":{"user":"a"},"data":["*"]}"#,
        ] {
            let parts = place.split(separator: "*").map { Array($0.utf8) }
            let problem = try Self.problem(ByteBuffer(bytes: parts[0] + bytes + parts[1]))
            #expect(problem.code == "json-invalid")
            #expect(problem.detail.contains("UTF-8"))
        }
    }

    // MARK: JSON, and no event

    private static let wrong: [(text: String, says: String)] = [
        ("[]", "An event is an object"), ("\"x\"", "An event is an object"), ("null", "An event is an object"),
        (#"{"data":"x"}"#, "`to` is missing"), (#"{"to":{"user":"a"}}"#, "`data` is missing"),
        ("{}", "`to` is missing"),
        (#"{"to":{},"data":"x"}"#, "`to` is empty"), (#"{"to":"alice","data":"x"}"#, "`to` is an object"),
        (#"{"to":["alice"],"data":"x"}"#, "`to` is an object"), (#"{"to":null,"data":"x"}"#, "`to` is an object"),
        (#"{"to":{"user":"a","topic":"b"},"data":"x"}"#, "one audience"),
        (#"{"to":{"everyone":true,"user":"a"},"data":"x"}"#, "one audience"),
        (#"{"to":{"group":"a"},"data":"x"}"#, "`to` names a `user`"),
        (#"{"to":{"User":"a"},"data":"x"}"#, "`to` names a `user`"),
        (#"{"to":{"user":7},"data":"x"}"#, "string"), (#"{"to":{"user":["a"]},"data":"x"}"#, "string"),
        (#"{"to":{"user":""},"data":"x"}"#, "1 to 256 bytes"), (#"{"to":{"user":"*"},"data":"x"}"#, "A user has"),
        (#"{"to":{"user":"a\u0000b"},"data":"x"}"#, "A user has"),
        (#"{"to":{"user":"a\nb"},"data":"x"}"#, "A user has"),
        (#"{"to":{"user":"\#(String(repeating: "a", count: 257))"},"data":"x"}"#, "A user has"),
        (#"{"to":{"user":"cafe\u0301"},"data":"x"}"#, "Unicode form NFC"),
        (#"{"to":{"users":["a","cafe\u0301"]},"data":"x"}"#, "Unicode form NFC"),
        (#"{"to":{"users":[]},"data":"x"}"#, "`users` is empty"),
        (#"{"to":{"users":"a"},"data":"x"}"#, "`users` is an array"),
        (#"{"to":{"users":["a",1]},"data":"x"}"#, "string"), (#"{"to":{"users":["a",""]},"data":"x"}"#, "A user has"),
        (#"{"to":{"users":["a","b","c","d"]},"data":"x"}"#, "limits.users_per_event"),
        (#"{"to":{"everyone":false},"data":"x"}"#, "`everyone` is true"),
        (#"{"to":{"everyone":"true"},"data":"x"}"#, "`everyone` is true"),
        (#"{"to":{"everyone":1},"data":"x"}"#, "`everyone` is true"),
        (#"{"to":{"user":"a"},"data":"x","event":7}"#, "`event` is a string"),
        (#"{"to":{"user":"a"},"data":"x","event":""}"#, "`event`: "),
        (#"{"to":{"user":"a"},"data":"x","event":"a\nb"}"#, "CR, LF or NUL"),
        (#"{"to":{"user":"a"},"data":"x","event":"a\rb"}"#, "CR, LF or NUL"),
        (#"{"to":{"user":"a"},"data":"x","event":"a\u0000b"}"#, "CR, LF or NUL"),
        (#"{"to":{"user":"a"},"data":"x","event":"\#(String(repeating: "a", count: 256))"}"#, "255"),
        (#"{"to":{"user":"a"},"data":"x","event":"sluice.gap"}"#, "`sluice.`"),
        (#"{"to":{"user":"a"},"data":"x","event":"sluice."}"#, "`sluice.`"),
        (#"{"to":{"user":"a"},"data":"x","event":"slu\u0069ce.x"}"#, "`sluice.`"),
        (#"{"to":{"user":"a"},"data":"x","event":"sluice.\u0301gap"}"#, "`sluice.`"),
        (#"{"to":{"user":"a"},"data":"x","event":" sluice.gap"}"#, "white space"),
        (#"{"to":{"user":"a"},"data":"x","event":"sluice.gap "}"#, "white space"),
        (#"{"to":{"user":"a"},"data":"x","event":"\u00a0a"}"#, "white space"),
        (#"{"to":{"user":"a"},"data":"x","event":"a\u3000"}"#, "white space"),
        (#"{"to":{"user":"a"},"data":"x","event":"\ta"}"#, "control character"),
        (#"{"to":{"user":"a"},"data":"x","event":"a\u0085"}"#, "control character"),
        (#"{"to":{"user":"a"},"data":"x","event":"a\u007fb"}"#, "control character"),
        (#"{"to":{"user":"a"},"data":"x","event":"e\u0301"}"#, "NFC"),
        (#"{"to":{"user":"a"},"data":"x","event":"\u212Aelvin"}"#, "NFC"),
        (#"{"to":{"user":"a"},"data":"x","ttl":0}"#, "`ttl` is"),
        (#"{"to":{"user":"a"},"data":"x","ttl":-1}"#, "`ttl` is"),
        (#"{"to":{"user":"a"},"data":"x","ttl":1.5}"#, "`ttl` is"),
        (#"{"to":{"user":"a"},"data":"x","ttl":0.0}"#, "`ttl` is"),
        (#"{"to":{"user":"a"},"data":"x","ttl":1e30}"#, "`ttl` is"),
        (#"{"to":{"user":"a"},"data":"x","ttl":"60"}"#, "`ttl` is"),
        (#"{"to":{"user":"a"},"data":"x","ttl":99999999999999999999}"#, "`ttl` is"),
        (#"{"to":{"user":"a"},"data":"x","ttl":null}"#, "`ttl` is"),
        (#"{"to":{"user":"a"},"data":"x","id":"1"}"#, "no other"), (#"{"To":{"user":"a"},"data":"x"}"#, "no other"),
    ]

    @Test(arguments: wrong.indices)
    func `JSON that is no event is told what an event is`(index: Int) throws {
        let (text, says) = Self.wrong[index]
        let problem = try Self.problem(text)
        #expect(problem.status == .badRequest)
        #expect(problem.code == "publish-invalid", "\(text): \(problem.detail)")
        #expect(problem.detail.contains(says), "\(text): \(problem.detail)")
    }

    @Test(arguments: ["", "*", "rooms/*", "a\\u0007", "a\\n", "cafe\\u0301", String(repeating: "t", count: 257)])
    func `a topic that is none`(topic: String) throws {
        let problem = try Self.problem(#"{"to":{"topic":"\#(topic)"},"data":"x"}"#)
        #expect(problem.status == .badRequest)
        #expect(problem.code == "topic-invalid")
    }

    @Test(arguments: [
        "\"" + String(repeating: "x", count: 65) + "\"", "[" + String(repeating: "1,", count: 32) + "1]",
        "\"" + String(repeating: "€", count: 22) + "\"",
    ])
    func `data over the limit`(data: String) throws {
        let problem = try Self.problem(#"{"to":{"user":"a"},"data":\#(data)}"#)
        #expect(problem.status == .contentTooLarge)
        #expect(problem.code == "event-too-large")
        #expect(problem.detail.contains("64 bytes (limits.event)"))
    }

    @Test func `no refusal repeats what was sent`() throws {
        for (text, _) in Self.wrong where text.contains("secret") == false {
            let secret = text.replacingLast("\"x\"", with: "\"s3cret\"")
            guard let problem = try? Self.problem(secret) else { continue }
            #expect(!problem.detail.contains("s3cret"))
        }
    }
}

extension String {
    fileprivate func replacingLast(_ part: String, with other: String) -> String {
        let parts = components(separatedBy: part)
        guard parts.count > 1 else { return self }
        return parts.dropLast().joined(separator: part) + other + parts[parts.count - 1]
    }
}
