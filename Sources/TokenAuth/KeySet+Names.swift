// What a set says of a key's name, without giving the key away.

extension KeySet {
    /// Whether a token that names this key may find it here. One that names none may find its key in any set.
    package func mayHold(_ keyID: String?) -> Bool {
        keyID.map { !verificationKeys(named: $0).isEmpty } ?? true
    }
}
