// Raw memory for the bytes of one call.

import NIOCore
import Testing

@testable import OpenSSLKit

@Suite struct ScratchBytesTests {
    private func append(_ text: String, to bytes: ScratchBytes) { Array(text.utf8).withUnsafeBytes(bytes.append) }

    private func text(_ bytes: ScratchBytes) -> String { String(decoding: bytes.bytes, as: UTF8.self) }

    @Test func `bytes come out as they went in`() {
        let bytes = ScratchBytes()
        #expect(bytes.count == 0 && text(bytes).isEmpty)
        append("one", to: bytes)
        append("", to: bytes)
        append("two", to: bytes)
        #expect(text(bytes) == "onetwo")
        bytes.removeFirst(2)
        append("!", to: bytes)
        #expect(bytes.count == 5 && text(bytes) == "etwo!")
        bytes.clear()
        #expect(bytes.count == 0)
    }

    @Test func `what is there stays when the memory grows`() {
        let bytes = ScratchBytes()
        var all = ""
        for number in 0..<3_000 {
            append("\(number),", to: bytes)
            all += "\(number),"
        }
        bytes.removeFirst(2)
        append(String(repeating: "x", count: 100_000), to: bytes)
        #expect(text(bytes) == all.dropFirst(2) + String(repeating: "x", count: 100_000))
    }

    @Test func `room is filled as far as it is said`() {
        let bytes = ScratchBytes()
        bytes.room(for: 4).copyBytes(from: "abcd".utf8)
        bytes.filled(2)
        bytes.room(for: 2).copyBytes(from: "ef".utf8)
        bytes.filled(2)
        #expect(text(bytes) == "abef")
        bytes.clear(keeping: 0)
        append("again", to: bytes)
        #expect(text(bytes) == "again")
    }

    @Test func `what a socket does not take is taken by the next`() throws {
        let scratch = RecordScratch()
        Array("ciphertext".utf8).withUnsafeBytes(scratch.append)
        var sent = ""
        let isAll = scratch.sendCiphertext { bytes in
            sent = String(decoding: bytes.prefix(6), as: UTF8.self)
            return 6
        }
        #expect(!isAll && sent == "cipher" && scratch.ciphertextBytes == 4)
        let taken = try #require(scratch.takeCiphertext())
        #expect(String(buffer: taken) == "text" && scratch.ciphertextBytes == 0)
        Array("more".utf8).withUnsafeBytes(scratch.append)
        #expect(scratch.takeCiphertext().map { String(buffer: $0) } == "more")
        #expect(String(buffer: taken) == "text", "who still holds it has what it was given")
        #expect(scratch.reclaim(), "nobody else has what was taken last")
    }
}
