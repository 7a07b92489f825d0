// One spelling for names that are equal in Swift: what is hashed here, and looked up in memory elsewhere, must be one.

internal import Foundation

/// The canonical spelling of names (Unicode's normalization form C).
enum CanonicalName {
    static func bytes(of name: String) -> [UInt8] {
        let isPlain = name.utf8.allSatisfy { $0 < 0x80 }
        return Array((isPlain ? name : name.precomposedStringWithCanonicalMapping).utf8)
    }
}
