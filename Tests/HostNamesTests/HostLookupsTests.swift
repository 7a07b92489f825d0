import Dispatch
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HostNames

/// A name service that hangs for some names, until it is let go.
private final class NameService: Sendable {
    private let gate = DispatchSemaphore(value: 0)
    private let asked = Mutex<[String]>([])

    var questions: [String] { asked.withLock { $0 } }

    func lookups() -> HostLookups {
        HostLookups { [self] place in
            asked.withLock { $0.append(place.host) }
            if place.host.hasPrefix("hangs") { gate.wait() }
            guard place.host != "nowhere" else { return .failure(HostNotFound(host: place.host, reason: "unknown")) }
            return .success(["127.0.0.1", "::1"].compactMap { try? SocketAddress(ipAddress: $0, port: place.port) })
        }
    }

    func letGo(_ count: Int = 1) { for _ in 0..<count { gate.signal() } }
}

@Suite struct HostLookupsTests {
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

    @Test func namesThatHangKeepNoOtherWaiting() async throws {
        let service = NameService()
        let lookups = service.lookups()
        let resolver = HostResolver(on: eventLoop, lookups)
        let hanging = (0..<8).map { resolver.initiateAQuery(host: "hangs\($0)", port: 1) }
        let found = try await resolver.initiateAQuery(host: "answers", port: 443).get()
        #expect(found == [try SocketAddress(ipAddress: "127.0.0.1", port: 443)])
        service.letGo(hanging.count)
        for future in hanging { #expect(try await future.get().count == 1) }
    }

    @Test func aPlaceIsAskedForOnceForAllWhoWait() async throws {
        let service = NameService()
        let resolver = HostResolver(on: eventLoop, service.lookups())
        let waiting = (0..<5).flatMap { _ in
            [
                resolver.initiateAAAAQuery(host: "hangs", port: 443),
                resolver.initiateAQuery(host: "hangs", port: 443),
            ]
        }
        service.letGo()
        for future in waiting { #expect(try await future.get().count == 1) }
        #expect(service.questions == ["hangs"])
        service.letGo()
        _ = try await resolver.initiateAQuery(host: "hangs", port: 443).get()
        #expect(service.questions == ["hangs", "hangs"], "an answer is not kept")
    }

    @Test func eachFamilyIsTold() async throws {
        let resolver = HostResolver(on: eventLoop, NameService().lookups())
        let six = try await resolver.initiateAAAAQuery(host: "both", port: 443).get()
        let four = try await resolver.initiateAQuery(host: "both", port: 443).get()
        #expect(six.map(\.ipAddress) == ["::1"] && four.map(\.ipAddress) == ["127.0.0.1"])
    }

    @Test func whatIsNotFoundIsSaid() async throws {
        let resolver = HostResolver(on: eventLoop, NameService().lookups())
        await #expect(throws: HostNotFound(host: "nowhere", reason: "unknown")) {
            try await resolver.initiateAQuery(host: "nowhere", port: 443).get()
        }
    }

    @Test func theSystemKnowsThisMachine() throws {
        let addresses = try HostPlace(host: "localhost", port: 8443).addresses().get()
        #expect(!addresses.isEmpty && addresses.allSatisfy { $0.port == 8443 })
        #expect(addresses.allSatisfy { ["127.0.0.1", "::1"].contains($0.ipAddress) })
    }

    /// RFC 6761 §6.4: nobody has a name below `invalid`.
    @Test func theSystemSaysWhatItDoesNotFind() {
        let answer = HostPlace(host: "nobody.invalid", port: 1).addresses()
        guard case .failure(let error) = answer else {
            Issue.record("found: \(answer)")
            return
        }
        #expect(error.host == "nobody.invalid" && !error.reason.isEmpty)
    }

    @Test func anAddressIsFoundAsItIsWritten() throws {
        let addresses = try HostPlace(host: "::1", port: 1).addresses().get()
        #expect(addresses.map(\.ipAddress) == ["::1"])
    }
}
