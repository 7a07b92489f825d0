import NIOCore
import Testing

@testable import NATSClient

@Suite struct SubmissionsTests {
    private func publish(_ text: String) throws -> Submission {
        .publish(Publication(ByteBuffer(string: text), to: try Subject("s"))) { _ in }
    }

    private func texts(_ submissions: [Submission]) -> [String] {
        submissions.map { submission in
            switch submission {
            case .publish(let publication, _), .request(let publication, _, _): String(buffer: publication.payload)
            }
        }
    }

    @Test func theEventLoopIsAskedOnceForAllThatWaits() throws {
        let submissions = Submissions()
        #expect(submissions.add(try publish("1")))
        #expect(!submissions.add(try publish("2")))
        #expect(!submissions.add(try publish("3")))
        #expect(texts(submissions.takeAll()) == ["1", "2", "3"])
    }

    @Test func whatComesBehindATurnIsAskedForAgain() throws {
        let submissions = Submissions()
        _ = submissions.add(try publish("1"))
        _ = submissions.takeAll()
        #expect(submissions.takeAll().isEmpty)
        #expect(submissions.add(try publish("2")))
        #expect(texts(submissions.takeAll()) == ["2"])
    }
}
