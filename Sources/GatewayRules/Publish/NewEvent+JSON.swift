// One event in a publisher's JSON: `{"to":…,"event":…,"data":…,"ttl":…}`. It is parsed in one pass. Data that is no
// string goes to the stream byte for byte.

internal import EventLog
internal import EventStream
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import StrictJSON
internal import TokenAuth

extension NewEvent {
    /// Reads an event. Whether the publisher may send it is ``Publisher``'s matter.
    ///
    /// - Throws: ``Problem`` that says which member is wrong and how it should be.
    init(json text: ByteBuffer, limits: PublishLimits) throws(Problem) {
        do {
            var draft = Draft(limits: limits)
            var reader = try JSONReader(Array(text.readableBytesView))
            try draft.read(&reader)
            try reader.finish()
            self = try draft.event()
        } catch let error as JSONError {
            throw .jsonInvalid(error.description)
        } catch let error as Problem {
            throw error
        } catch {
            throw .publishInvalid("\(error)")
        }
    }
}

/// The members that were read so far.
private struct Draft {
    let limits: PublishLimits
    var audience: Audience?
    var name: EventName?
    var data: ByteBuffer?
    var timeToLive: Int64?

    init(limits: PublishLimits) {
        self.limits = limits
    }

    mutating func read(_ reader: inout JSONReader) throws {
        try require(.object, &reader, #"An event is an object: {"to":…,"event":…,"data":…,"ttl":…}."#)
        var object = try reader.beginObject()
        while let member = try reader.nextMember(of: &object) {
            switch member {
            case "to": audience = try readAudience(&reader)
            case "event": name = try readName(&reader)
            case "data": data = try readData(&reader)
            case "ttl": timeToLive = try readTimeToLive(&reader)
            default: throw Problem.publishInvalid("An event has the members to, event, data and ttl, and no other.")
            }
        }
    }

    func event() throws(Problem) -> NewEvent {
        guard let audience else {
            throw .publishInvalid(#"`to` is missing: {"user":…}, {"users":[…]}, {"topic":…} or {"everyone":true}."#)
        }
        guard let data else {
            throw .publishInvalid("`data` is missing: a string or any JSON value. A page hears no event without data.")
        }
        return NewEvent(audience: audience, name: name, data: data, timeToLive: timeToLive)
    }

    // MARK: Audience

    private func readAudience(_ reader: inout JSONReader) throws -> Audience {
        try require(.object, &reader, "`to` is an object that names a `user`, `users`, a `topic` or `everyone`.")
        var object = try reader.beginObject()
        var audience: Audience?
        while let member = try reader.nextMember(of: &object) {
            guard audience == nil else { throw Problem.publishInvalid("`to` has one member: one event, one audience.") }
            switch member {
            case "user": audience = .user(try readUser(&reader))
            case "users": audience = .users(try readUsers(&reader))
            case "topic": audience = .topic(try readTopic(&reader))
            case "everyone": audience = try readEveryone(&reader)
            default: throw Problem.publishInvalid("`to` names a `user`, `users`, a `topic` or `everyone`.")
            }
        }
        guard let audience else { throw Problem.publishInvalid("`to` is empty: name an audience.") }
        return audience
    }

    private func readUsers(_ reader: inout JSONReader) throws -> [String] {
        try require(.array, &reader, "`users` is an array of names.")
        var array = try reader.beginArray()
        var users: [String] = []
        var seen: Set<String> = []
        while try reader.nextElement(of: &array) {
            let user = try readUser(&reader)
            guard seen.insert(user).inserted else { continue }
            guard users.count < limits.usersPerEvent else {
                throw Problem.publishInvalid(
                    "An event may name \(limits.usersPerEvent) users (limits.users_per_event). Publish it in parts.")
            }
            users.append(user)
        }
        guard !users.isEmpty else { throw Problem.publishInvalid("`users` is empty: name at least one user.") }
        // A copy without spare capacity, because the list lives as long as its event.
        return Array(users.lazy.map(\.self))
    }

    private func readEveryone(_ reader: inout JSONReader) throws -> Audience {
        try require(.bool, &reader, "`everyone` is true, or not there at all.")
        guard try reader.readBool() else { throw Problem.publishInvalid("`everyone` is true, or not there at all.") }
        return .everyone
    }

    private func readUser(_ reader: inout JSONReader) throws -> String {
        try require(.string, &reader, "A user's name is a string.")
        let name = try reader.readString()
        if let fault = UserName.fault(of: name) {
            throw Problem.publishInvalid("A user \(fault). It is the `sub` of its tokens.")
        }
        return name
    }

    private func readTopic(_ reader: inout JSONReader) throws -> String {
        try require(.string, &reader, "A topic's name is a string.")
        let name = try reader.readString()
        if let fault = TopicName.fault(of: name) { throw Problem.topicInvalid("A topic \(fault).") }
        return name
    }

    // MARK: Event

    private func readName(_ reader: inout JSONReader) throws -> EventName {
        try require(.string, &reader, "`event` is a string.")
        return try PublishedName.checked(try reader.readString())
    }

    private func readData(_ reader: inout JSONReader) throws -> ByteBuffer {
        let isString = try reader.kind() == .string
        let data = ByteBuffer(bytes: isString ? try reader.readStringBytes() : try reader.readRaw())
        guard data.readableBytes <= limits.eventBytes else {
            throw Problem(
                .contentTooLarge, "event-too-large",
                "An event's data may have \(limits.eventBytes) bytes (limits.event). Send a reference to it instead.")
        }
        return data
    }

    private func readTimeToLive(_ reader: inout JSONReader) throws -> Int64 {
        let rule = "`ttl` is a whole number of seconds above zero."
        try require(.number, &reader, rule)
        let number = try reader.readNumber()
        // `60.0` is a whole number, too: languages without integers of their own write it so (JSON Schema Validation
        // §6.1.1).
        let seconds = (try? number.int64()) ?? (try? number.double()).flatMap { Int64(exactly: $0) }
        guard let seconds, seconds > 0 else { throw Problem.publishInvalid(rule) }
        return seconds
    }

    /// Refuses a value of another kind: it is JSON, and no event. If it is not even JSON, the refusal says that.
    private func require(_ kind: JSONKind, _ reader: inout JSONReader, _ rule: String) throws {
        guard try reader.kind() != kind else { return }
        try reader.skipValue()
        throw Problem.publishInvalid(rule)
    }
}
