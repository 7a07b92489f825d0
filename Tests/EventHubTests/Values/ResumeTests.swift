import EventLog
import NIOCore
import Testing

@testable import EventHub

/// What a `Last-Event-ID` means to a log whose newest event is 10, and whose epoch `before` ended at 6.
@Suite struct ResumeTests {
    private struct Case {
        let id: String?
        let expected: Resume
    }

    private static let cases = [
        Case(id: nil, expected: .live(gap: nil)),
        Case(id: "", expected: .live(gap: nil)),
        Case(id: "now-10", expected: .live(gap: nil)),
        Case(id: "now-9", expected: .read(after: 9, gap: nil)),
        Case(id: "now-0", expected: .read(after: 0, gap: nil)),
        Case(id: "now-11", expected: .live(gap: Gap(requested: "now-11", reason: .future))),
        Case(id: "old-3", expected: .read(after: 0, gap: Gap(requested: "old-3", reason: .epoch))),
        Case(id: "old-99", expected: .read(after: 0, gap: Gap(requested: "old-99", reason: .epoch))),
        Case(id: "before-3", expected: .read(after: 3, gap: Gap(requested: "before-3", reason: .epoch))),
        Case(id: "before-7", expected: .read(after: 6, gap: Gap(requested: "before-7", reason: .epoch))),
        Case(id: "now-x", expected: .live(gap: Gap(requested: "now-x", reason: .malformed))),
        Case(id: "12", expected: .live(gap: Gap(requested: "12", reason: .malformed))),
        Case(id: "now-010", expected: .live(gap: Gap(requested: "now-010", reason: .malformed))),
    ]

    private static func place(_ sequence: Position, _ epoch: String = "now") throws -> LoggedEventID {
        LoggedEventID(epoch: try #require(Epoch(epoch)), sequence: sequence)
    }

    private static func resume(_ id: String?, head: Position, isShared: Bool = false) throws -> Resume {
        Resume(lastEventID: id, tail: try place(head), isShared: isShared) { $0.text == "before" ? 6 : nil }
    }

    @Test(arguments: cases.indices) func `where a stream begins`(number: Int) throws {
        let (id, expected) = (Self.cases[number].id, Self.cases[number].expected)
        let resume = try Self.resume(id, head: 10)
        #expect(resume == expected)
        let machine = StreamStateMachine(resume, try Self.place(10), bufferLimit: 1)
        let (isLive, start) = (machine.isLive, machine.position)
        switch expected {
        case .live: #expect(isLive && start == 10)
        case .ahead(let id): #expect(isLive && start == id.sequence)
        case .read(let position, _): #expect(!isLive && start == position)
        }
    }

    @Test func `on a log that others append to, an id may be ahead of what this node has heard`() throws {
        #expect(try Self.resume("now-11", head: 10, isShared: true) == .ahead(Self.place(11)))
        #expect(try Self.resume("now-10", head: 10, isShared: true) == .live(gap: nil))
        #expect(try Self.resume("before-11", head: 10, isShared: true).gap?.reason == .epoch)
    }

    @Test func `on such a log an epoch may be ahead, too, and nothing of today's is for its stream`() throws {
        let resume = try Self.resume("later-3", head: 10, isShared: true)
        #expect(resume == .ahead(try Self.place(3, "later")))
        let machine = StreamStateMachine(resume, try Self.place(10), bufferLimit: 1)
        #expect(machine.isLive && machine.position == .max)
    }

    @Test func `a log without an event is read from nowhere`() throws {
        #expect(try Self.resume("now-0", head: 0) == .live(gap: nil))
        #expect(try Self.resume("now-1", head: 0).gap?.reason == .future)
    }

    @Test func `a gap is told as an event with an id of its own`() throws {
        let id = LoggedEventID(epoch: try #require(Epoch("now")), sequence: 7)
        let frame = EventFrame(Gap(requested: "a\"b\n", reason: .malformed), resumedAt: id)
        let json = #"{"requested":"a\"b\n","resumedAt":"now-7","reason":"malformed"}"#
        #expect(String(buffer: frame.bytes) == "id: now-7\nevent: sluice.gap\ndata: \(json)\n\n")
    }

    @Test(arguments: [
        (GapReason.retention, "retention"), (.epoch, "epoch"), (.future, "future"), (.malformed, "malformed"),
    ])
    func `a reason's text is part of the outside surface`(reason: GapReason, text: String) {
        #expect(reason.rawValue == text)
    }
}
