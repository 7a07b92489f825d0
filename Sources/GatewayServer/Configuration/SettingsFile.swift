// The configuration file: opened and read whole, once. What its bytes mean is `SettingsDocument`'s.

internal import Glibc

/// Reads the configuration file.
enum SettingsFile {
    /// No configuration is longer; a device or the wrong path might be.
    static let maximumBytes = 1 << 20

    /// The file's text.
    ///
    /// - Parameter path: as the operator wrote it.
    /// - Throws: `ConfigurationError` with what the system says, if it cannot be opened or read, is too long or no
    ///   UTF-8.
    static func read(_ path: String) throws(ConfigurationError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, "cannot be opened", number: errno) }
        defer { close(descriptor) }
        let bytes = try readAll(descriptor, path: path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(
                code: .malformed, source: .file(path: path, line: nil), detail: "is not UTF-8",
                remedy: "save it in the encoding UTF-8")
        }
        return text
    }

    private static func readAll(_ descriptor: Int32, path: String) throws(ConfigurationError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let start = count
            let received = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + start }, buffer.count - start)
            }
            if received < 0, errno == EINTR { continue }
            guard received >= 0 else { throw failure(path, "cannot be read", number: errno) }
            guard received > 0 else { return Array(bytes[..<count]) }
            count += received
        }
        throw ConfigurationError(
            code: .malformed, source: .file(path: path, line: nil),
            detail: "is longer than \(SizeText.format(maximumBytes))", remedy: "name the configuration file")
    }

    private static func failure(_ path: String, _ what: String, number: Int32) -> ConfigurationError {
        let remedy =
            switch number {
            case ENOENT: "check the path; deploy/sluice.yaml of the source is an example to copy"
            case EACCES: "let the user that the gateway runs as read it and enter its folders"
            case EISDIR: "name the file in it"
            default: "check the path"
            }
        return ConfigurationError(
            code: .unreadable, source: .file(path: path, line: nil),
            detail: "\(what): \(strerror(number).map { String(cString: $0) } ?? "error \(number)")", remedy: remedy)
    }
}
