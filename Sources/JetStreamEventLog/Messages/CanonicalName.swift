// One spelling for names that are equal in Swift: what is hashed here, and looked up in memory elsewhere, must be one.

internal import Foundation

/// The canonical spelling of names (Unicode's normalization form C).
enum CanonicalName {
    static func bytes(of name: String) -> [UInt8] { Array(spelling(of: name).utf8) }

    static func spelling(of name: String) -> String {
        let isPlain = name.utf8.allSatisfy { $0 < 0x80 }
        return isPlain ? name : name.precomposedStringWithCanonicalMapping
    }
}
