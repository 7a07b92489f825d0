// One crypto library in the process: the system's OpenSSL, which the distribution patches. A second one could come in
// with any new dependency, so these tests look at the program that was built, not at the manifest.

import Foundation
import Testing

@Suite struct LinkageTests {
    @Test func theProgramLoadsTheSystemsOpenSSL() throws {
        let libraries = try BuiltProgram.output(of: "ldd", [])
        for name in ["libssl.so.3", "libcrypto.so.3"] {
            let line = try #require(
                libraries.split(separator: "\n").first { $0.contains(name) },
                "sluice does not load \(name); it must link the system's OpenSSL dynamically")
            #expect(line.contains("=> /lib/") || line.contains("=> /usr/lib/"), "not the system's: \(line)")
        }
    }

    @Test func theTLSComesFromThatLibrary() throws {
        let symbols = try BuiltProgram.output(of: "nm", ["-D", "--undefined-only"]).split { $0.isWhitespace }
        for name in ["SSL_new", "SSL_do_handshake", "EVP_MAC_init"] {
            let isTaken = symbols.contains { $0.hasPrefix("\(name)@OPENSSL_3") }
            #expect(isTaken, "\(name) is not taken from the system's OpenSSL 3")
        }
    }

    @Test func noOtherCryptoLibraryIsInTheProgram() throws {
        let program = try Data(contentsOf: try BuiltProgram.url(), options: .mappedIfSafe)
        for name in ["CNIOBoringSSL", "CCryptoBoringSSL", "swift-nio-ssl/", "swift-crypto/", "gnutls_init", "mbedtls_"]
        {
            let isIn = program.range(of: Data(name.utf8)) != nil
            #expect(!isIn, "\(name) is in the program: a dependency brought another crypto library; do without it")
        }
    }

    @Test func noDependencyBringsBoringSSL() throws {
        let pins = try SourceTree.file("Package.resolved").text
        for name in ["swift-nio-ssl", "swift-crypto", "jwt-kit", "async-http-client"] {
            #expect(!pins.contains("\"\(name)\""), "Package.resolved pins \(name), which brings BoringSSL")
        }
    }
}
