// The plan of the rooms as the article on the architecture draws it: one room a line, `Room ───→ Other, Other`, and
// behind two spaces what it is for. A list that ends with a comma goes on in the next line.

import Foundation

/// The arrows of a plan.
struct HousePlan {
    /// Per room, the rooms that it imports.
    private(set) var arrows: [String: Set<String>] = [:]
    /// Whether each arrow leads to a room that stands further down.
    private(set) var isInOrder = true

    init(_ page: String) {
        var room: String?
        for line in page.split(separator: "\n") {
            if let arrow = line.range(of: "──→ ") {
                room = String(line[..<arrow.lowerBound].filter { $0 != " " })
                take(line[arrow.upperBound...], into: &room)
            } else if room != nil {
                take(line, into: &room)
            }
        }
    }

    /// Takes the names of one line, and closes the room unless its list goes on.
    private mutating func take(_ text: Substring, into room: inout String?) {
        let names = text.drop { $0 == " " }.firstPart(before: "  ").split(separator: ",")
        let others = names.map { String($0.filter { $0 != " " }) }.filter { !$0.isEmpty && $0 != "nothing" }
        if let room {
            arrows[room, default: []].formUnion(others)
            if others.contains(where: { arrows[$0] != nil }) { isInOrder = false }
        }
        if !text.hasSuffix(",") { room = nil }
    }
}

extension Substring {
    fileprivate func firstPart(before separator: String) -> Substring {
        range(of: separator).map { self[..<$0.lowerBound] } ?? self
    }
}
