internal import NIOCore

@testable internal import NATSClient

/// What a NATS server sends: the same operations, however they were cut.
enum NATSTarget {
    static func read(_ pieces: Pieces) {
        precondition(operations(pieces.all) == operations([pieces.whole]), "pieces make other operations")
    }

    private static func operations(_ pieces: [ByteBuffer]) -> [String] {
        var (parser, operations) = (OperationParser(), [String]())
        do throws(NATSError) {
            for piece in pieces {
                parser.append(piece)
                while let operation = try parser.next() { operations.append(name(of: operation)) }
            }
        } catch {
            operations.append("an error")
        }
        return operations
    }

    private static func name(of operation: ServerOperation) -> String {
        guard case .message(let message, let subscription) = operation else { return "\(operation)" }
        _ = try? message.headers()
        return "\(subscription) \(message.subject) \(message.payload.readableBytes)"
    }
}
