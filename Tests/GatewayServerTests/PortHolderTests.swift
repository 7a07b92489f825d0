// Who has a port or a file, read from /proc's tables; and what `sluice check` makes of it.

import Glibc
import Testing

@testable import GatewayServer

@Suite struct PortHolderTests {
    private static let table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000   997        0 100 1 0000 100 0 0 10 0
           1: 00000000:20FC 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1 0000 100 0 0 10 0
           2: 0100007F:20FB 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000   997        0 102 1 0000 20 4 30 10 -1
           3: garbage
        """

    @Test(arguments: [
        ("127.0.0.1", 0x20FB, [UInt64(100)]), ("0.0.0.0", 0x20FB, [100]), ("10.0.0.1", 0x20FB, []),
        ("127.0.0.1", 0x20FC, [101]), ("10.0.0.1", 0x20FC, [101]), ("127.0.0.1", 1, []),
    ])
    func whoListensInTheWay(_ address: String, _ port: Int, _ inodes: [UInt64]) {
        let found = ListeningSocket.all(in: Self.table, inTheWayOf: address, port: port)
        #expect(found.map(\.inode) == inodes)
        #expect(found.first.map { $0.user == ($0.inode == 100 ? 997 : 0) } ?? true)
    }

    @Test func versionSixIsReadInItsWords() {
        let table = """
            head
             0: 00000000000000000000000001000000:20FB 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 7 1 0 0
            """
        #expect(ListeningSocket.all(in: table, inTheWayOf: "::1", port: 0x20FB).map(\.inode) == [7])
        #expect(ListeningSocket.all(in: table, inTheWayOf: "::2", port: 0x20FB).isEmpty)
        #expect(ListeningSocket.all(in: "", inTheWayOf: "::1", port: 1).isEmpty)
    }

    @Test func whoHoldsALock() {
        let table = """
            1: POSIX  ADVISORY  WRITE 11 fe:01:55 0 EOF
            2: FLOCK  ADVISORY  WRITE 12 fe:01:55 0 EOF
            2: -> FLOCK  ADVISORY  WRITE 13 fe:01:66 0 EOF
            3: FLOCK
            """
        #expect(FileLockTable.holder(of: 55, in: table) == 12)
        #expect(FileLockTable.holder(of: 66, in: table) == nil, "who waits holds nothing")
        #expect(FileLockTable.holder(of: 1, in: table) == nil)
    }

    @Test func whoReadsASnapshot() {
        let table = """
            1: POSIX  ADVISORY  READ 11 fe:01:55 124 124
            2: POSIX  ADVISORY  READ 12 fe:01:55 128 128
            3: POSIX  ADVISORY  WRITE 13 fe:01:55 120 120
            4: POSIX  ADVISORY  READ 14 fe:01:66 124 124
            5: FLOCK  ADVISORY  READ 15 fe:01:55 0 EOF
            6: -> POSIX  ADVISORY  READ 16 fe:01:55 124 124
            7: POSIX  ADVISORY  READ 17 fe:01:55 123 127
            8: POSIX  ADVISORY  READ 18
            """
        #expect(FileLockTable.readers(ofIndex: 55, in: table) == [11, 17])
        #expect(FileLockTable.readers(ofIndex: 1, in: table).isEmpty)
    }

    @Test func aRunningGatewayIsInOrderAndAnythingElseIsNot() {
        let gateway = PortHolder(process: 4, program: "sluice")
        let fine = PortCheck.inUse("listen.port", by: gateway)
        #expect(
            fine.description == "✓ listen.port: is in use by a running gateway (process 4), which a restart with this "
                + "configuration replaces")
        let other = PortCheck.inUse("listen.port", by: PortHolder(process: 5, program: "nginx"))
        #expect(other.description == "✗ listen.port: is in use by nginx (process 5); stop it, or choose another port")
        #expect(other.fault == .surroundings)
        #expect(PortCheck.inUse("listen.port", by: nil).outcome == .wrong)
        let systemd = PortCheck.inUse("listen.port", by: PortHolder(process: 1, program: "systemd"))
        #expect(
            systemd.description == "✓ listen.port: is held by systemd (process 1), which passes it to the gateway that "
                + "it starts")
    }

    @Test func portsOfTwoGatewaysAreNotOneGatewaysRestart() {
        let (one, two) = (PortHolder(process: 4, program: "sluice"), PortHolder(process: 7, program: "sluice"))
        #expect(PortCheck.oneGateway([one, nil, one]) == nil)
        #expect(PortCheck.oneGateway([one, PortHolder(process: 9, program: "nginx")]) == nil)
        #expect(PortCheck.oneGateway([two, one])?.description.contains("processes 4 and 7") == true)
    }

    @Test(arguments: [
        (UInt32(0o600), true, nil as String?), (0o640, true, nil), (0o644, true, "read"), (0o644, false, nil),
        (0o666, true, "changed"), (0o666, false, "changed"), (0o602, false, "changed"), (0o604, true, "read"),
    ])
    func aFilesModeSaysWhoReachesIt(_ mode: UInt32, _ isSecret: Bool, _ what: String?) {
        let exposure = FileExposure(mode: mode, isSecret: isSecret)
        #expect((exposure == nil) == (what == nil))
        if let exposure, let what {
            #expect(exposure.detail.hasPrefix("can be \(what) by every user of this machine; "))
        }
    }
}
