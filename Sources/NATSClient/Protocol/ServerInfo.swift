// `INFO`: what a server says of itself, as far as a client needs it. Before TLS it is anybody's word.

internal import StrictJSON

/// A server's `INFO`.
struct ServerInfo: Sendable, Equatable {
    /// The server's name for itself; new with each start.
    var serverID = ""
    var serverName = ""
    var version = ""
    /// Whether it takes messages with headers.
    var takesHeaders = false
    /// How many bytes of header and payload a message may have.
    var maxPayload = 1 << 20
    var requiresTLS = false
    /// Whether it takes TLS from clients that want it.
    var offersTLS = false
    var requiresAuthentication = false
    /// What an NKey has to sign.
    var nonce: String?
    /// Where else the cluster takes clients, as `host:port`; at most ``mostURLs``.
    var connectURLs: [String] = []
    /// Whether the server is about to stop ("lame duck").
    var isLameDuck = false

    /// More servers than these are not taken from one `INFO`.
    static let mostURLs = 64

    init() {}

    /// Reads the JSON text. Members that are not known are no matter.
    ///
    /// - Throws: ``NATSError`` with code `malformed`.
    init(json: [UInt8]) throws(NATSError) {
        do throws(JSONError) {
            var reader = try JSONReader(json)
            var members = try reader.beginObject()
            while let name = try reader.nextMember(of: &members) { try take(name, &reader) }
            try reader.finish()
        } catch {
            throw .malformed("INFO is not accepted. \(error)")
        }
        guard maxPayload > 0 else { throw .malformed("INFO has a max_payload of \(maxPayload)") }
    }

    private mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "server_id": serverID = try reader.readString()
        case "server_name": serverName = try reader.readString()
        case "version": version = try reader.readString()
        case "headers": takesHeaders = try reader.readBool()
        case "max_payload": maxPayload = Int(try reader.readNumber().int64())
        case "tls_required": requiresTLS = try reader.readBool()
        case "tls_available": offersTLS = try reader.readBool()
        case "auth_required": requiresAuthentication = try reader.readBool()
        case "nonce": nonce = try reader.readString()
        case "connect_urls": connectURLs = try Self.urls(&reader)
        case "ldm": isLameDuck = try reader.readBool()
        default: try reader.skipValue()
        }
    }

    private static func urls(_ reader: inout JSONReader) throws(JSONError) -> [String] {
        // Go writes an empty list as null.
        guard try reader.kind() == .array else {
            try reader.skipValue()
            return []
        }
        var urls: [String] = []
        var elements = try reader.beginArray()
        while try reader.nextElement(of: &elements) {
            let url = try reader.readString()
            if urls.count < mostURLs { urls.append(url) }
        }
        return urls
    }
}
