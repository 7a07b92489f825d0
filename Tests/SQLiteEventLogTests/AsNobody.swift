// A look at files through the eyes of a user without rights: tests may run as root, who may write everything.

import Glibc

/// Runs `body` on this thread with the file rights of the user `nobody`. Where the tests' own user is not root it
/// can't, and need not.
func asNobody<Value>(_ body: () -> Value) -> Value {
    // Of this thread only, unlike `seteuid`; the modules of libc leave it out.
    typealias SetUser = @convention(c) (uid_t) -> CInt
    guard let symbol = dlsym(nil, "setfsuid") else { return body() }
    let setUser = unsafeBitCast(symbol, to: SetUser.self)
    _ = setUser(65_534)
    defer { _ = setUser(geteuid()) }
    return body()
}
