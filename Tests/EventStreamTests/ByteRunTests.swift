import NIOCore
import SeededRandom
import Testing

@testable import EventStream

@Suite struct ByteRunTests {
    @Test func `pieces stand one behind the other, behind what is there`() {
        var buffer = ByteBuffer(string: "before ")
        buffer.appendRun(room: 64) { run in
            run.write("text " as String)
            run.write("static " as StaticString)
            run.write("" as String)
            run.write(UInt8(ascii: "!"))
            run.write(ByteBuffer(string: " buffer"))
            run.write(ByteBuffer())
        }
        #expect(String(buffer: buffer) == "before text static ! buffer")
    }

    @Test func `what another holds is not changed`() {
        var buffer = ByteBuffer(string: "__x")
        buffer.moveReaderIndex(forwardBy: 2)
        let other = buffer
        buffer.prependRun(count: 2) { $0.write("ab" as String) }
        #expect(String(buffer: buffer) == "abx")
        #expect(other.getString(at: 0, length: 3) == nil && String(buffer: other) == "x")
    }

    /// What it does not write over is what the memory held before.
    @Test func `a run in front that is shorter than it said is never sent`() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer(string: "__x")
            buffer.moveReaderIndex(forwardBy: 2)
            buffer.prependRun(count: 2) { $0.write(UInt8(ascii: "a")) }
        }
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer(string: "x")
            buffer.prependRun(count: 2) { $0.write("ab" as String) }
        }
    }

    @Test func `numbers are as Swift writes them`() {
        var random = SeededGenerator(test: "numbers are as Swift writes them")
        var numbers: [UInt64] = [0, 1, 9, 10, 15, 16, 99, 100, 255, 256, .max - 1, .max]
        for _ in 0..<2000 { numbers.append(random.next() >> UInt64.random(in: 0..<64, using: &random)) }
        for number in numbers {
            var buffer = ByteBuffer()
            buffer.appendRun(room: 40) { run in
                run.write(decimal: number)
                run.write(UInt8(ascii: " "))
                run.write(hexadecimal: number)
            }
            #expect(String(buffer: buffer) == "\(number) \(String(number, radix: 16))")
            #expect(ByteRun.decimalDigits(of: number) == "\(number)".utf8.count)
            #expect(ByteRun.hexadecimalDigits(of: number) == String(number, radix: 16).utf8.count)
        }
        #expect(ByteRun.decimalDigits(of: .max) == ByteRun.mostDigits)
    }
}
