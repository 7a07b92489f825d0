// The next handler may take plaintext past the pipeline.

import NIOCore
import Testing

@testable import NIOOpenSSL

@Suite struct DirectReadingTests {
    private final class Reader: PlaintextReader {
        private(set) var text = ""
        private(set) var ends = 0
        /// Called with each read, to act from within it.
        var onRead: (() -> Void)?

        func take(_ plaintext: ByteBuffer) {
            text += String(buffer: plaintext)
            onRead?()
        }

        func tookAll() { ends += 1 }
    }

    @Test func `who reads past the pipeline gets what it would have brought`() throws {
        let (wire, reader) = (try Wire.open(), Reader())
        wire.client.send("one, ")
        wire.run()
        wire.server.handler.reads(for: reader)
        wire.client.send("two, ")
        wire.run()
        wire.server.handler.reads(for: nil)
        wire.client.send("three")
        wire.run()
        #expect(wire.server.recorder.text == "one, three" && wire.server.recorder.readCompletions == 2)
        #expect(reader.text == "two, " && reader.ends == 1)
    }

    @Test func `who stops within a read has the rest go through the pipeline`() throws {
        let (wire, reader) = (try Wire.open(), Reader())
        reader.onRead = { wire.server.handler.reads(for: nil) }
        wire.server.handler.reads(for: reader)
        let text = String(repeating: "x", count: 100_000)
        wire.client.send(text)
        wire.run()
        #expect(!reader.text.isEmpty && reader.ends == 0)
        #expect(reader.text + wire.server.recorder.text == text && wire.server.recorder.readCompletions == 1)
    }

    @Test func `the end comes through the pipeline, behind what was read`() throws {
        let (wire, reader) = (try Wire.open(), Reader())
        wire.server.handler.reads(for: reader)
        wire.client.send("last")
        wire.client.channel.close(promise: nil)
        wire.run()
        #expect(reader.text == "last" && wire.server.recorder.isCleanlyShutDown && wire.server.recorder.isInactive)
    }
}
