// What a publisher is answered: where its events are in the log, or why they are not there.

internal import EventLog
internal import EventStream
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import StrictJSON

/// The answers to one publish request.
struct PublishAnswers: Sendable {
    private let promise: LogPromise
    private let cors: HTTPFields
    private let isPages: Bool

    /// - Parameters:
    ///   - promise: what it means that events are in the log.
    ///   - cors: what CORS has each answer say.
    ///   - isPages: whether a page asks. Who is none gets the answers that all have who are none.
    init(promise: LogPromise, cors: HTTPFields, isPages: Bool) {
        self.promise = promise
        self.cors = cors
        self.isPages = isPages
    }

    /// The request's one event is in the log.
    func answer(_ receipts: [Receipt]) -> Answer {
        Answer(head(.json), body: Self.body(receipts) { _ in })
    }

    /// All lines are in the log.
    func answer(lines receipts: [Receipt]) -> Answer {
        Answer(head(.ndjson), body: Self.body(receipts) { $0.write(UInt8(ascii: "\n")) })
    }

    /// Some lines are in the log: each line's receipt, or what is wrong with it.
    func answer(_ lines: [Result<Receipt, Problem>]) -> Answer { Answer(head(.ndjson), body: Self.body(lines)) }

    /// No line is an event, so nothing was put into the log.
    func answer(refusing lines: [Problem]) -> Answer {
        Answer(AnswerHead(.ok, LogPromise.fields(.ndjson) + cors), body: Self.body(lines.map { .failure($0) }))
    }

    func answer(_ problem: Problem) -> Answer { Gateway.adding(cors, to: problem.answer) }

    private func head(_ format: PublishFormat) -> AnswerHead { promise.head(format, cors: isPages ? cors : nil) }

    /// - Parameter end: what stands behind each receipt, one byte at the most.
    private static func body(_ receipts: [Receipt], _ end: (inout ByteRun) -> Void) -> ByteBuffer {
        let room = receipts.reduce(0) { $0 + $1.room + 1 }
        var body = ByteBufferAllocator().buffer(capacity: room)
        body.appendRun(room: room) { run in
            for receipt in receipts {
                run.write(receipt)
                end(&run)
            }
        }
        return body
    }

    private static func body(_ lines: [Result<Receipt, Problem>]) -> ByteBuffer {
        var body = ByteBufferAllocator().buffer(capacity: lines.count * lineBytes)
        for line in lines {
            switch line {
            case .success(let receipt): body.appendRun(room: receipt.room) { $0.write(receipt) }
            case .failure(let problem): body.append(problem)
            }
            body.writeInteger(UInt8(ascii: "\n"))
        }
        return body
    }

    /// About the size of one receipt.
    private static let lineBytes = 64
}

extension Receipt {
    /// How many bytes it has at the most.
    fileprivate var room: Int { id.epoch.text.utf8.count + 2 * ByteRun.mostDigits + 32 }
}

extension ByteRun {
    /// JSON without a writer of JSON: an epoch is letters and digits, of which none is escaped (RFC 8259 §7).
    fileprivate mutating func write(_ receipt: Receipt) {
        write(#"{"id":""# as StaticString)
        write(receipt.id.epoch.text)
        write(UInt8(ascii: "-"))
        write(decimal: receipt.id.sequence)
        write(#"","streams":"# as StaticString)
        write(decimal: UInt64(clamping: receipt.streams))
        write(UInt8(ascii: "}"))
    }
}

extension ByteBuffer {
    fileprivate mutating func append(_ problem: Problem) {
        var writer = JSONWriter(capacity: 128)
        writer.object { members in
            members.object("error") { error in
                error.string("code", problem.code)
                error.string("detail", problem.detail)
            }
        }
        writeBytes(writer.bytes)
    }
}
