// A queue that lets go of the room that it needed once. There is one for each user that events are kept for: what many
// of them needed at different times must not add up.

/// Plain values, added at the back and taken from the front.
struct CompactQueue<Element: BitwiseCopyable & Sendable>: Sendable {
    private var elements: [Element] = []
    /// How many of them have been taken.
    private var taken = 0

    var count: Int { elements.count - taken }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : elements[taken] }

    subscript(_ offset: Int) -> Element { elements[taken + offset] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst() {
        taken += 1
        // No sooner, so that it costs each element one copy; no later, so that room is at most four times what is
        // there.
        if taken > elements.count / 2 { compact() }
    }

    mutating func removeFirst(where isMeant: (Element) -> Bool) -> Element? {
        guard let index = elements[taken...].firstIndex(where: isMeant) else { return nil }
        let element = elements[index]
        if index == taken { removeFirst() } else { elements.remove(at: index) }
        return element
    }

    private mutating func compact() {
        elements = Array(elements[taken...])
        taken = 0
    }
}
