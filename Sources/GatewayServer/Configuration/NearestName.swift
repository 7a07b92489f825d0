// "Did you mean …?" for names that the operator mistyped.

package enum NearestName {
    /// The candidate that takes the fewest edits, if they are few for the name's length.
    ///
    /// - Parameters:
    ///   - name: what was written.
    ///   - candidates: what could have been meant; of two equally near ones the first is taken.
    package static func find(_ name: String, among candidates: [String]) -> String? {
        let ranked = candidates.map { (name: $0, edits: distance(name, $0)) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }) else { return nil }
        return best.edits <= max(1, name.count / 3) ? best.name : nil
    }

    /// Levenshtein's distance: insertions, deletions and replacements of one character, each counted once.
    static func distance(_ one: String, _ other: String) -> Int {
        let (rows, columns) = (Array(one.utf8), Array(other.utf8))
        var above = Array(0...columns.count)
        for (index, character) in rows.enumerated() {
            var row = [index + 1]
            for (column, candidate) in columns.enumerated() {
                let replaced = above[column] + (character == candidate ? 0 : 1)
                row.append(min(replaced, above[column + 1] + 1, row[column] + 1))
            }
            above = row
        }
        return above[columns.count]
    }
}
