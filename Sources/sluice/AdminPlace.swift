// The admin listener of a gateway, as the commands find it that ask a running one: by `admin.…` of its configuration.

import Foundation
import GatewayClient
import GatewayServer

/// Where a gateway has its admin listener, seen from its own machine.
struct AdminPlace {
    let url: GatewayURL
    private let probe: GatewayProbe

    private static let pause = Duration.milliseconds(50)

    init(_ admin: GatewayConfiguration.Admin, patience: Duration) throws {
        guard admin.port > 0 else {
            throw CommandFailure("admin.port is 0, so that nobody knows which port it is; set one", .configuration)
        }
        let own = ["0.0.0.0": "127.0.0.1", "::": "::1"]
        let address = own[admin.address] ?? admin.address
        let host = address.contains(":") ? "[\(address)]" : address
        url = try GatewayURL("http://\(host):\(admin.port)", scheme: .http)
        probe = GatewayProbe(plain: url, timeout: patience)
    }

    /// What the gateway answers to a GET.
    func ask(_ target: String) async throws -> ProbeAnswer {
        do {
            return try await probe.ask(ProbeRequest("GET", target))
        } catch {
            throw CommandFailure(
                """
                no gateway answers at \(url) (admin.address, admin.port): \(error.message)
                  if one of the two was changed since it began, restart it: no reload takes them into use
                """)
        }
    }

    /// What the gateway says of its reloads now.
    func record() async throws -> ReloadRecord {
        let answer = try await ask("/reloads")
        guard answer.status == 200,
            let record = try? JSONDecoder().decode(ReloadRecord.self, from: Data(answer.body.utf8))
        else { throw CommandFailure("at \(url) (admin.address, admin.port) is no gateway that reloads") }
        return record
    }

    /// Waits for the reload that was asked for behind a record.
    func outcome(since earlier: ReloadRecord, within time: DurationArgument) async throws -> ReloadRecord.Outcome {
        let end = ContinuousClock.now + time.duration
        while true {
            if let outcome = try await record().outcome(since: earlier) { return outcome }
            guard ContinuousClock.now < end else {
                throw CommandFailure("the gateway has not reloaded within \(time); its own log says what it does")
            }
            try await Task.sleep(for: Self.pause)
        }
    }
}
