// What few connections have at a time, kept where the others do not pay for it.

/// A value in an object of its own, if there is one. With thousands of connections, a property that is mostly empty is
/// as much memory as one that is not: this one is a pointer.
@propertyWrapper
struct Rare<Value> {
    private final class Box {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    private var box: Box?

    /// Empty.
    init() {}

    var wrappedValue: Value? {
        get { box?.value }
        set { if let newValue { box = Box(newValue) } else { box = nil } }
    }
}
