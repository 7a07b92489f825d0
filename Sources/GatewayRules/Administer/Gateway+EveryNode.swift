// The answers to an administrator where several gateways share the log: they are about all of them.

internal import EventHub
internal import EventLog
internal import HTTPServing
internal import HTTPTypes
internal import PeerText
internal import StrictJSON

extension Gateway {
    func users(_ target: RequestTarget, at nodes: any EveryNode, _ cors: HTTPFields) throws(Problem) -> BodyPlan {
        let page = try PageQuery(target, mark: Self.clusterMark)
        return plan(cors) {
            let found = nodes.users(after: page.place, limit: page.limit)
            let last = found.users.count < page.limit ? nil : found.users.last
            return Self.json { members in
                members.raw(
                    "users",
                    Self.array(found.users) { user, members in
                        members.string("user", user.name)
                        members.integer("streams", Int64(user.streams))
                    })
                if found.isIncomplete { members.bool("incomplete", true) }
                if let last { members.string("next", PageQuery.cursor(last.name, mark: Self.clusterMark)) }
            }
        }
    }

    func streams(
        of path: UserPath, _ target: RequestTarget, at nodes: any EveryNode, _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        let page = try PageQuery(target, mark: Self.clusterMark)
        let start = try page.place.map { place throws(Problem) in try Self.place(place) }
        return plan(cors) {
            let found = await nodes.streams(of: path.user, after: start, limit: page.limit)
            let last = found.hasMore ? found.streams.last : nil
            return Self.json { members in
                members.string("user", path.user)
                members.raw("streams", Self.array(of: found.streams.map(\.json)))
                Self.write(found.unanswered, to: &members)
                if let last {
                    members.string("next", PageQuery.cursor("\(last.node)/\(last.name)", mark: Self.clusterMark))
                }
            }
        }
    }

    private static func place(_ text: String) throws(Problem) -> ClusterStream.Place {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, let name = StreamName(Substring(parts[1])) else { throw .cursorUnknown }
        return (String(Substring(parts[0])), name)
    }

    func disconnect(
        _ path: UserPath, _ target: RequestTarget, at nodes: any EveryNode, by administrator: Administrator,
        _ cors: HTTPFields
    ) throws(Problem) -> BodyPlan {
        let isRetryable = try Self.isRetryable(target)
        let node = target["node"].first
        if let node, !nodes.knows(node: node) { throw .nodeUnknown }
        let deed = AdministratorAct.Deed.kick(user: path.user, stream: path.stream, isRetryable: isRetryable)
        return plan(cors) {
            do throws(EventLogError) {
                let ending = try await nodes.disconnect(
                    path.user, stream: path.stream, node: node, isRetryable: isRetryable)
                administrator.did(deed, .ended(streams: ending.streams))
                return Self.ended(ending.streams, unanswered: ending.unanswered)
            } catch {
                administrator.did(deed, .failed(code: error.code.name))
                return Problem(error).answer
            }
        }
    }

    // MARK: Text

    /// Cursors are good at all nodes.
    private static let clusterMark: UInt32 = 1

    static func write(_ unanswered: [String], to members: inout JSONMembers) {
        if !unanswered.isEmpty { members.strings("unanswered", unanswered) }
    }

    private static func array<Element>(
        _ elements: [Element], _ write: (Element, inout JSONMembers) -> Void
    ) -> [UInt8] {
        var array = JSONWriter(capacity: elements.count * 64)
        array.array(elements, write)
        return array.bytes
    }

    private static func array(of objects: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + objects.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}

extension Problem {
    static let nodeUnknown = Problem(
        .badRequest, "node-unknown",
        "`node` is a gateway that shares the log, by the name that its streams are listed with.")
}
