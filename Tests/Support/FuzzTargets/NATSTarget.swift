internal import NIOCore

@testable internal import NATSClient

/// What a NATS server sends: the same operations, however they were cut; and a connection that follows them to its end.
enum NATSTarget {
    static func read(_ pieces: Pieces) {
        let whole = operations([pieces.whole])
        precondition(operations(pieces.all).map(name) == whole.map(name), "pieces make other operations")
        for isTLSFirst in [false, true] { live(by: whole, isTLSFirst: isTLSFirst) }
    }

    /// - Returns: nothing in the place of an error, which is the last.
    private static func operations(_ pieces: [ByteBuffer]) -> [ServerOperation?] {
        var (parser, operations) = (OperationParser(), [ServerOperation?]())
        do throws(NATSError) {
            for piece in pieces {
                parser.append(piece)
                while let operation = try parser.next() { operations.append(operation) }
            }
        } catch {
            operations.append(nil)
        }
        return operations
    }

    private static func name(of operation: ServerOperation?) -> String {
        guard let operation else { return "an error" }
        guard case .message(let message, let subscription) = operation else { return "\(operation)" }
        _ = try? message.headers()
        return "\(subscription) \(message.subject) \(message.payload.readableBytes)"
    }

    /// A connection is let in once, by a server that was asked, and is nothing more when it has ended.
    private static func live(by operations: [ServerOperation?], isTLSFirst: Bool) {
        guard let server = try? ServerAddress("a") else { return }
        var (rules, now) = (ConnectionRules(), NIODeadline.uptimeNanoseconds(1 << 40))
        rules.isTLSFirst = isTLSFirst
        var state = ConnectionState(to: server, rules)
        var (hasAsked, hasEnded) = (false, false)
        if state.opened(at: now) == .startTLS { _ = state.secured() }
        for operation in operations {
            now = now + .milliseconds(700)
            switch step(&state, operation, now) {
            case .asks: hasAsked = true
            case .ends: hasEnded = true
            case .goesOn: break
            }
            if case .end = state.tick(at: now) { hasEnded = true }
            precondition(!state.isReady || hasAsked, "let in without being asked")
            precondition(!hasEnded || !state.isReady && state.deadline == nil, "lives on behind its end")
        }
    }

    private enum Step { case asks, ends, goesOn }

    private static func step(_ state: inout ConnectionState, _ operation: ServerOperation?, _ now: NIODeadline) -> Step
    {
        switch operation {
        case .info(let info)?:
            switch state.received(info, isLast: true) {
            case .logIn:
                state.sentLogin()
                return .asks
            case .startTLS:
                guard state.secured() == .logIn else { return .goesOn }
                state.sentLogin()
                return .asks
            case .update: return .goesOn
            case .end: return .ends
            }
        case .message?, .oversized?: return state.receivedMessage() == nil ? .goesOn : .ends
        case .ping?: if case .end = state.receivedPing() { return .ends }
        case .pong?: if case .end = state.receivedPong(at: now) { return .ends }
        case .complaint(let complaint)?: if case .end = state.received(complaint) { return .ends }
        case .ok?: return .goesOn
        case nil:
            state.closed()
            return .ends
        }
        return .goesOn
    }
}
