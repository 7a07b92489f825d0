// A refusal of JetStream's: `{"error": {"code": 404, "err_code": 10059, "description": "stream not found"}}`.

internal import StrictJSON

/// Why a server did not do what it was asked.
package struct Refusal: Sendable, Equatable, CustomStringConvertible {
    /// The server's number for the reason (`err_code`, errors.json of nats-server).
    package struct Code: Sendable, Hashable {
        package let number: Int64

        package init(_ number: Int64) { self.number = number }

        static let accountResources = Code(10002)
        static let noSuitablePeers = Code(10005)
        static let clusterNotAvailable = Code(10008)
        static let notLeader = Code(10009)
        static let insufficientResources = Code(10023)
        static let memoryResources = Code(10028)
        static let noMessage = Code(10037)
        static let storageResources = Code(10047)
        static let messageTooLarge = Code(10054)
        static let streamNotFound = Code(10059)
        static let wrongLastSequence = Code(10071)
        static let storeFailed = Code(10077)
        static let serverShutdown = Code(10118)
        static let duplicateUnderWay = Code(10158)
    }

    /// As in HTTP.
    package var status: Int64 = 0
    package var code = Code(0)
    /// The server's words.
    package var text = ""

    package init() {}

    package init(_ code: Code, status: Int64 = 0, _ text: String = "") {
        (self.code, self.status, self.text) = (code, status, text)
    }

    package var description: String { "\(text) (\(status), \(code.number))" }

    /// Whether there is no room where the servers write.
    var isLackOfRoom: Bool {
        [.accountResources, .memoryResources, .storageResources, .storeFailed].contains(code)
    }

    /// Whether it may be otherwise in a moment: servers that have just started, an election, or the same message being
    /// stored just now.
    var isPassing: Bool {
        [
            .noSuitablePeers, .clusterNotAvailable, .notLeader, .insufficientResources, .serverShutdown,
            .duplicateUnderWay,
        ].contains(code)
    }
}

extension Refusal: JSONObject {
    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "code": status = try reader.readInteger()
        case "err_code": code = Code(try reader.readInteger())
        case "description": text = try reader.readString()
        default: try reader.skipValue()
        }
    }
}
