// The subjects of a log's two streams: where an event goes by its audience, and what an interest filters by.

internal import EventLog
internal import NATSClient
internal import OpenSSLKit

/// The subjects under one stream's name.
///
/// - Events: `NAME.e.u.HASH` a user's, `NAME.e.t.HASH` a topic's, `NAME.e.a` everyone's, `NAME.e.m.B0.….B15` several
///   users': of 16 buckets those that their names fall into have a 1, and the others a 0.
/// - `NAME.e.n`: a note. It tells of the state in order with events, and is nobody's event.
/// - State: `NAME.s.…`
/// - `NAME.p.…`: what nodes tell and ask each other, and nobody keeps.
struct LogSubjects: Sendable, Equatable {
    /// The name of the stream with the events, which is the first token of all subjects.
    let stream: String

    /// The name of the stream with the state.
    var stateStream: String { stream + "_state" }

    var allEvents: String { stream + ".e.>" }
    var allState: String { stream + ".s.>" }
    var note: String { stream + ".e.n" }
    /// Where nodes ask each other of keyed messages; beside the log, as what they tell of their streams.
    var keys: String { stream + ".p.keys" }
    /// Where the newest epoch of a log that went back is written down.
    var epoch: String { stream + ".s.epoch" }

    private var everyone: String { stream + ".e.a" }

    /// Where an event goes.
    func subject(of audience: Audience) throws(OpenSSLFailure) -> String {
        String(decoding: try bytes(of: audience), as: UTF8.self)
    }

    /// The same as bytes.
    func bytes(of audience: Audience) throws(OpenSSLFailure) -> [UInt8] {
        switch audience {
        case .user(let name): try hashed(".e.u.", name)
        case .users(let names): try bytes(ofUsers: names)
        case .topic(let name): try hashed(".e.t.", name)
        case .everyone: Array(everyone.utf8)
        }
    }

    /// What fits the subjects of all events that may be for a stream; an event fits one of them at most.
    func filters(for interest: Interest) throws(OpenSSLFailure) -> [String] {
        let bucket = try NameHash(interest.user).bucket
        let buckets = several((0..<NameHash.buckets).map { $0 == bucket ? "1" : "*" })
        var filters = [everyone, try subject(of: Audience.user(interest.user)), buckets]
        for name in interest.topics { filters.append(try subject(of: Audience.topic(name))) }
        return filters
    }

    private func hashed(_ kind: String, _ name: String) throws(OpenSSLFailure) -> [UInt8] {
        let hash = try NameHash(name)
        var subject: [UInt8] = []
        subject.reserveCapacity(stream.utf8.count + kind.utf8.count + NameHash.digits)
        subject += stream.utf8
        subject += kind.utf8
        hash.write(to: &subject)
        return subject
    }

    private func bytes(ofUsers names: [String]) throws(OpenSSLFailure) -> [UInt8] {
        if names.count == 1 { return try hashed(".e.u.", names[0]) }
        var tokens = [String](repeating: "0", count: NameHash.buckets)
        for name in names { tokens[try NameHash(name).bucket] = "1" }
        return Array(several(tokens).utf8)
    }

    private func several(_ tokens: [String]) -> String { "\(stream).e.m.\(tokens.joined(separator: "."))" }

    /// Whether a stream can have this name, and subjects begin with it: letters, digits, `-` and `_`. With a dot, or a
    /// wildcard, it would be another's.
    static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(isNameByte)
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
}
