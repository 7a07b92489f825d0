// The names that a publisher may give an event. They are fewer than the grammar allows: with a name that looks like
// another one, or like one of the gateway's, a page would listen to the wrong event.

internal import EventStream
internal import HTTPServing
internal import PeerText

/// The rule for event names at publish.
enum PublishedName {
    /// - Throws: ``Problem`` that says what is wrong with the name.
    static func checked(_ text: String) throws(Problem) -> EventName {
        let name: EventName
        do throws(EventStreamError) {
            name = try EventName(text)
        } catch {
            throw .publishInvalid("`event`: \(error.message).")
        }
        let scalars = text.unicodeScalars
        guard !scalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw .publishInvalid("`event` has a control character: remove it.")
        }
        guard !(scalars.first?.properties.isWhitespace ?? false), !(scalars.last?.properties.isWhitespace ?? false)
        else {
            throw .publishInvalid("`event` begins or ends with white space: remove it.")
        }
        var bytes = text.utf8Span
        guard bytes.checkForNFC(quickCheck: false) else {
            throw .publishInvalid(
                "`event` is not in Unicode form NFC: normalize it, or its page listens to another name.")
        }
        guard !text.utf8.starts(with: reserved.utf8) else {
            throw .publishInvalid("Names that begin with `sluice.` are the gateway's own. Choose another.")
        }
        return name
    }

    private static let reserved = "sluice."
}
