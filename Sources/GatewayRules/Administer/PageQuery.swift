// Which page of a long list a request asks for.

internal import HTTPServing
internal import HTTPTypes
internal import PeerText

/// `?limit=` and `?cursor=`.
struct PageQuery: Equatable {
    /// How many elements.
    let limit: Int
    /// Where the page before ended, in the list's own words; nothing for the first page.
    let place: String?

    /// So many cost an event loop less than a millisecond.
    static let longest = 1000
    static let usual = 100

    /// - Parameter mark: of the process. A cursor of another one says nothing here.
    init(_ target: RequestTarget, mark: UInt32) throws(Problem) {
        limit = try Self.limit(target["limit"])
        guard let cursor = target["cursor"].first else {
            place = nil
            return
        }
        let prefix = Self.prefix(mark)
        guard cursor.utf8.starts(with: prefix.utf8) else { throw .cursorUnknown }
        place = String(decoding: cursor.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    private static func limit(_ values: [String]) throws(Problem) -> Int {
        guard let text = values.first else { return usual }
        guard let limit = Int(text), text.utf8.allSatisfy(ASCII.isDigit), (1...longest).contains(limit)
        else {
            throw Problem(.badRequest, "limit-invalid", "`limit` is a number from 1 to \(longest).")
        }
        return limit
    }

    private static func prefix(_ mark: UInt32) -> String { String(mark, radix: 16) + "." }

    /// The cursor of the next page.
    static func cursor(_ place: some CustomStringConvertible, mark: UInt32) -> String { prefix(mark) + "\(place)" }

    /// The place as a number; 0 for the first page.
    func number() throws(Problem) -> UInt64 {
        guard let place else { return 0 }
        // `UInt64.init` also takes "+5" and "05"; a cursor that we made has neither.
        guard let number = UInt64(place), place.hasSameBytes(as: String(number)) else { throw .cursorUnknown }
        return number
    }
}

extension Problem {
    static let cursorUnknown = Problem(
        .badRequest, "cursor-unknown",
        "`cursor` is the `next` of the page before, from the same gateway since its start. Begin again without it.")
}
