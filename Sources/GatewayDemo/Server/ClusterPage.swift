// What the page is told when it is tried on a cluster: where the gateways are, and which of them each tab is at.

internal import HTTPServing
internal import HTTPTypes
internal import StrictJSON
internal import TokenAuth

/// The page's part of a cluster.
struct ClusterPage: Sendable {
    let cluster: DemoSettings.Cluster
    /// A user's streams at all gateways, in the gateways' JSON.
    let streams: @Sendable (String) async throws -> [String]

    /// Each tab has a topic of its own, by which its stream is found among the user's. Nothing is published to it.
    static var grants: Grants { get throws(GrantsError) { try Grants(subscribe: ["tab/*"]) } }

    /// Where the page may talk to beside the first gateway.
    var origins: [String] { cluster.gateways.dropFirst() + (cluster.control.map { [$0] } ?? []) }

    func write(to members: inout JSONMembers) {
        members.strings("gateways", cluster.gateways)
        members.string("control", cluster.control ?? "")
    }

    /// `{"user": …, "streams": […]}`; it says whose they are, as all that is read does.
    func streams(of user: String) async -> Answer {
        do {
            let list = try await streams(user)
            return .json(.ok) { members in
                members.string("user", user)
                members.raw("streams", Array("[\(list.joined(separator: ","))]".utf8))
            }
        } catch {
            return Problem(.serviceUnavailable, "streams-unknown", "The gateways were not to be asked: \(error)").answer
        }
    }
}
