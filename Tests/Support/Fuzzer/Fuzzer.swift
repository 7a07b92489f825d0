// libFuzzer's entry. The program exists only where Package.swift is told of it (SLUICE_FUZZER): it has libFuzzer's
// `main`.

internal import FuzzTargets
internal import Glibc

/// Which target, by `SLUICE_FUZZ_TARGET`: libFuzzer's own arguments are its own.
private let target: FuzzTarget = {
    let name = getenv("SLUICE_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        fatalError("SLUICE_FUZZ_TARGET is “\(name)”: set it to one of \(names)")
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func readInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
