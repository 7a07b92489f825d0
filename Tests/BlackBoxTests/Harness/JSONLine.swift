// What the Python clients print: one JSON object a line.

import Foundation

/// One line of a client's output.
struct JSONLine {
    private let members: [String: Any]

    /// The objects of a text; lines that hold none are passed over.
    static func all(in text: String) -> [JSONLine] {
        text.split(separator: "\n").compactMap { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
            return (object as? [String: Any]).map(JSONLine.init)
        }
    }

    private init(_ members: [String: Any]) { self.members = members }

    func text(_ name: String) -> String? { members[name] as? String }
    func number(_ name: String) -> Double? { (members[name] as? NSNumber)?.doubleValue }
    func texts(_ name: String) -> [String] { members[name] as? [String] ?? [] }
    func lists(_ name: String) -> [[String]]? { members[name] as? [[String]] }
    func numbers(_ name: String) -> [Double] { (members[name] as? [NSNumber] ?? []).map(\.doubleValue) }
    func objects(_ name: String) -> [JSONLine] { (members[name] as? [[String: Any]] ?? []).map(JSONLine.init) }
    /// A member of any kind as it was printed, without space.
    func text(of name: String) -> String? {
        members[name].flatMap { try? JSONSerialization.data(withJSONObject: $0, options: .withoutEscapingSlashes) }
            .map { String(decoding: $0, as: UTF8.self) }
    }
    func flag(_ name: String) -> Bool { members[name] as? Bool ?? false }
}
