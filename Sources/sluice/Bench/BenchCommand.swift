import ArgumentParser
import Foundation
import GatewayServer
import LoadFleet

/// `sluice bench`: puts a load on a gateway or a server to compare it with, and accounts for every event.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Put a load on a gateway: latencies, rates, and whether each event arrived once and in order.",
        discussion: """
            Opens event streams over TLS with tokens that it issues itself, publishes, and compares what arrived on each \
            stream with what the gateway promised to deliver. A latency is the time from an event's send time, which with \
            --rate is the scheduled one, to the time that the event was read. All times are of this process, which reads \
            one stream after the other: with many streams per event loop that is a part of what it measures.

            With --stream-path and --publish-url it puts the same load on another server, to compare it with.

            Progress goes to standard error, the report to standard output. It ends with how often each latency was.

            Exit codes: 0 all is well; 1 the gateway can't be reached, or did not take every stream, or an event was lost \
            without a gap being told, came twice, out of order, or to the wrong stream; 64 the command line is wrong; 78 the \
            key set or the --ca file is.
            """)

    @OptionGroup var target: BenchTarget
    @OptionGroup(title: "Load") var load: BenchOptions

    @Option(
        help: ArgumentHelp(
            "The server's process on this machine: report its CPU time and memory.",
            discussion: "The kernel counts CPU time in steps of 10 ms: let the load run for some seconds."))
    var pid: Int32?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        try target.check(try load.plan())
        if let pid, pid < 1 { throw ValidationError("--pid must be the number of a process") }
    }

    /// Each stream is an open file, which the system has a limit of.
    static func checkLimit(of available: Int, for plan: FleetPlan) throws {
        let connections = plan.connections
        let needed = connections + descriptorsOfItsOwn
        guard available < needed, available > 0 else { return }
        throw CommandFailure(
            "\(connections) connections need \(needed) open files, and this process may have \(available): raise the "
                + "limit (ulimit -Hn), or open fewer streams")
    }

    /// What this program has open beside its connections, generously.
    private static let descriptorsOfItsOwn = 64

    func run() async throws {
        let plan = try load.plan()
        try Self.checkLimit(of: FileDescriptors.raiseLimit(), for: plan)
        let server = try pid.map { try ServerWatch(ServerProcess(pid: $0)) }
        let fleet = Fleet(
            plan, server: try target.server(for: plan, now: Date()), url: try target.address.gateway(),
            certificateAuthorities: target.address.authorities())
        let display = BenchDisplay(isTerminal: isatty(FileHandle.standardError.fileDescriptor) == 1)
        let client = ClientWatch()
        let result = try await fleet.run { progress in
            server?.observe(progress)
            client.observe(progress)
            display.show(progress)
        }
        display.end()
        let report = BenchReport(
            plan, result, server: server?.usage, clientCPUMicroseconds: client.cpuMicroseconds)
        try Console.print(json ? try report.json() : report.text)
        guard result.isFlawless, result.refusedStreams == 0 else { throw ExitCode.failure }
    }
}
