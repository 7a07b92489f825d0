import Testing

@testable import OpenSSLKit

@Suite struct AgreedExtensionsTests {
    /// EncryptedExtensions with these extensions, each with some content.
    private static func message(_ types: [UInt16]) -> [UInt8] {
        let list = types.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF), 0, 2, 7, 7] }
        return [8, 0, 0, UInt8(list.count + 2), 0, UInt8(list.count)] + list
    }

    private static func areHarmless(_ messages: [UInt8]...) -> Bool {
        var extensions = AgreedExtensions()
        for message in messages { message.withUnsafeBytes { extensions.note(sent: $0) } }
        return extensions.areHarmless
    }

    @Test(arguments: [[], [0], [10], [16], [0, 10, 16]] as [[UInt16]])
    func `these change nothing about records`(types: [UInt16]) {
        #expect(Self.areHarmless(Self.message(types)))
    }

    @Test(arguments: [1, 28, 42, 2, 7, 999] as [UInt16])
    func `any other leaves the records to OpenSSL`(type: UInt16) {
        #expect(!Self.areHarmless(Self.message([0, type, 16])))
        #expect(!Self.areHarmless(Self.message([type])))
    }

    @Test func `without the message nothing is known`() {
        #expect(!Self.areHarmless())
        #expect(!Self.areHarmless([2] + Self.message([]).dropFirst()))
    }

    @Test func `other messages change nothing`() {
        #expect(Self.areHarmless(Self.message([0]), [11, 0, 0, 0], [20, 0, 0, 1, 7]))
    }

    @Test func `a message that can't be read is not harmless`() {
        let whole = Self.message([0, 16])
        for count in 0..<whole.count { #expect(!Self.areHarmless(Array(whole.prefix(count)))) }
        for index in 3..<6 {
            var broken = whole
            broken[index] ^= 1
            #expect(!Self.areHarmless(broken))
        }
    }
}
