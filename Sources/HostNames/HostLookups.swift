// Looks for hosts by the system's name service, which blocks for as long as it likes. Each host that is looked for has
// a thread meanwhile, so that one whose name hangs keeps no other waiting. In NIO's own resolver the lookups of an
// event loop stand in line.

internal import Dispatch
internal import NIOCore
internal import Synchronization

/// The lookups of a process that are under way.
final class HostLookups: Sendable {
    /// Finds the addresses of a place, and blocks meanwhile.
    typealias Ask = @Sendable (HostPlace) -> Answer
    typealias Answer = Result<[SocketAddress], HostNotFound>
    typealias Listener = @Sendable (Answer) -> Void

    /// Those of all clients of this process.
    static let shared = HostLookups { $0.addresses() }

    private let ask: Ask
    private let threads = DispatchQueue(label: "sluice.host-lookups", attributes: .concurrent)
    private let underWay = Mutex<[HostPlace: [Listener]]>([:])

    init(_ ask: @escaping Ask) {
        self.ask = ask
    }

    /// Looks for a place. One that is being looked for already is not asked for again: however often a client comes
    /// back to a name that hangs, it holds one thread.
    ///
    /// - Parameter listener: called once, on a thread of no event loop.
    func find(_ place: HostPlace, _ listener: @escaping Listener) {
        let isFirst = underWay.withLock { underWay in
            underWay[place, default: []].append(listener)
            return underWay[place]?.count == 1
        }
        guard isFirst else { return }
        threads.async { [self] in
            let answer = ask(place)
            let listeners = underWay.withLock { $0.removeValue(forKey: place) } ?? []
            for listener in listeners { listener(answer) }
        }
    }
}
