// How audiences stand in the file: an event's whole audience as one text, and the single names that it is found under.

internal import EventLog
internal import Foundation

/// The text forms of audiences.
enum AudienceText {
    static let everyone = "e"

    /// The name that a user's events are found under.
    static func user(_ name: String) -> String { "u:" + canonical(name) }

    /// The name that a topic's events are found under.
    static func topic(_ name: String) -> String { "t:" + canonical(name) }

    /// The names that an event is found under.
    static func keys(of audience: Audience) -> [String] {
        switch audience {
        case .user(let name): [user(name)]
        case .users(let names): names.map(user)
        case .topic(let name): [topic(name)]
        case .everyone: [everyone]
        }
    }

    /// The names whose events an interest reads.
    static func keys(of interest: Interest) -> [String] {
        [everyone, user(interest.user)] + interest.topics.map(topic)
    }

    /// The audience as it is stored with its event. Each of several users' names follows its length in bytes
    /// (`m5:alice3:bob`), because a name may hold any character.
    static func text(of audience: Audience) -> String {
        switch audience {
        case .user(let name): "u:" + name
        case .users(let names): names.reduce(into: "m") { $0 += "\($1.utf8.count):" + $1 }
        case .topic(let name): "t:" + name
        case .everyone: everyone
        }
    }

    /// The audience that `text` stands for; nil for a text that ``text(of:)`` does not make.
    static func audience(from text: String) -> Audience? {
        if text == everyone { return .everyone }
        if text.utf8.first == UInt8(ascii: "m") { return users(in: text.utf8.dropFirst()).map(Audience.users) }
        let name = String(text.unicodeScalars.dropFirst(2))
        if text.utf8.starts(with: "u:".utf8) { return .user(name) }
        return text.utf8.starts(with: "t:".utf8) ? .topic(name) : nil
    }

    private static func users(in text: Substring.UTF8View) -> [String]? {
        var (rest, names): (Substring.UTF8View, [String]) = (text, [])
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            guard let count = Int(Substring(rest[..<colon])), count >= 0 else { return nil }
            let name = rest[rest.index(after: colon)...].prefix(count)
            guard name.count == count else { return nil }
            names.append(String(decoding: name, as: UTF8.self))
            rest = rest[name.endIndex...]
        }
        return rest.isEmpty ? names : nil
    }

    /// One spelling for names that are equal in Swift: SQLite compares bytes, and the file must find what memory finds.
    static func canonical(_ name: String) -> String {
        name.utf8.allSatisfy { $0 < 0x80 } ? name : name.precomposedStringWithCanonicalMapping
    }
}
