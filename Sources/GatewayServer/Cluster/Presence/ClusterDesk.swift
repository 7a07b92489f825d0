// An administrator's requests about all nodes: who is connected, and streams that have to end.

internal import EventHub
internal import EventLog
internal import GatewayRules

/// Answers for all nodes.
struct ClusterDesk: EveryNode {
    let neighbours: Neighbours
    let hub: EventHub

    init(_ neighbours: Neighbours, _ hub: EventHub) {
        (self.neighbours, self.hub) = (neighbours, hub)
        hub.join(as: neighbours.node) { question, count in neighbours.report(to: question, ended: count) }
    }

    func knows(node: String) -> Bool { neighbours.nodes.contains(node) }

    func users(after name: String?, limit: Int) -> ClusterUsers {
        let (page, isIncomplete) = neighbours.users(of: hub, after: name, limit: limit)
        return ClusterUsers(users: page.map { ($0.name, $0.streams) }, isIncomplete: isIncomplete)
    }

    func streams(of user: String, after place: ClusterStream.Place?, limit: Int) async -> ClusterStreams {
        let question = question(user, after: place, limit: limit)
        let asked = neighbours.nodes.filter { $0 >= question.firstNode }
        async let others = neighbours.ask(question, of: asked.subtracting([neighbours.node]))
        var own: [NodeAnswer] = []
        if asked.contains(neighbours.node) {
            let start = question.firstNode == neighbours.node ? question.after : nil
            own = [await neighbours.streams(of: user, after: start, limit: limit, hub)]
        }
        let (answers, unanswered) = await others
        return ClusterStreams(own + answers, unanswered: unanswered, limit: limit)
    }

    private func question(_ user: String, after place: ClusterStream.Place?, limit: Int) -> NodeQuestion {
        var question = NodeQuestion()
        (question.number, question.asker) = (UInt64.random(in: 1 ... .max), neighbours.node)
        (question.user, question.limit) = (user, limit)
        (question.firstNode, question.after) = (place?.node ?? "", place?.name)
        return question
    }

    func disconnect(
        _ user: String, stream: StreamName?, node: String?, isRetryable: Bool
    ) async throws(EventLogError) -> ClusterEnding {
        let order = Disconnection(
            number: UInt64.random(in: 1 ... .max), user: user, stream: stream.map { "\($0)" }, node: node,
            isRetryable: isRetryable, asker: neighbours.node)
        return try await ending(order.question, of: node.map { [$0] } ?? neighbours.nodes) {
            () async throws(EventLogError) in try await hub.disconnect(everywhere: order)
        }
    }

    func revoke(_ revocation: Revocation) async throws(EventLogError) -> ClusterEnding {
        let question = EndQuestion(number: UInt64.random(in: 1 ... .max), asker: neighbours.node)
        return try await ending(question, of: neighbours.nodes) { () async throws(EventLogError) in
            try await hub.revoke(everywhere: revocation, asked: question)
        }
    }

    /// Gives an order, and waits for how many streams have ended for it.
    private func ending(
        _ question: EndQuestion, of nodes: Set<String>, _ order: () async throws(EventLogError) -> Void
    ) async throws(EventLogError) -> ClusterEnding {
        neighbours.desk.open(question.number, to: nodes)
        do throws(EventLogError) {
            try await order()
        } catch {
            neighbours.desk.drop(question.number)
            throw error
        }
        let (answers, unanswered) = await neighbours.desk.answers(to: question.number, within: Neighbours.patience)
        return ClusterEnding(streams: answers.reduce(0) { $0 + $1.ended }, unanswered: unanswered)
    }
}

extension ClusterStreams {
    /// A page of what the nodes have, in the order of their names. It ends where one of them has more than it told.
    init(_ answers: [NodeAnswer], unanswered: [String], limit: Int) {
        self.init(streams: [], unanswered: unanswered, hasMore: false)
        for answer in answers.sorted(by: { $0.node < $1.node }) {
            let taken = answer.streams.prefix(limit - streams.count)
            streams += taken
            if answer.isCut || streams.count == limit {
                hasMore = true
                return
            }
        }
    }
}
