// Has a stream led by one of its servers: what a publish costs depends on whether it has to go to another one first.

import Foundation
import NATSClient
import NIOCore

struct Leading {
    let client: NATSClient
    let stream: String

    func move(to server: String) async throws {
        for _ in 0..<20 {
            if try await ask("INFO", "").contains("\"leader\":\"\(server)\"") { return }
            _ = try? await ask("LEADER.STEPDOWN", "{\"placement\":{\"preferred\":\"\(server)\"}}")
            try await Task.sleep(for: .seconds(1))
        }
        fatalError("\(server) does not lead \(stream)")
    }

    private func ask(_ what: String, _ body: String) async throws -> String {
        let subject = try Subject("$JS.API.STREAM.\(what).\(stream)")
        let answer = try await client.request(Publication(ByteBuffer(string: body), to: subject))
        return String(buffer: answer.payload)
    }
}
