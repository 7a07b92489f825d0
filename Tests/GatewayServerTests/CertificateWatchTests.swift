import Testing

@testable import GatewayServer

@Suite struct CertificateWatchTests {
    private static let day: Int64 = 86_400
    private static let now: Int64 = 1_763_769_600

    private static func certificate(from: Int64 = now - day, to: Int64) -> CertificateWatch.Certificate {
        .init(name: "server.pem", notBefore: from, notAfter: to)
    }

    /// Looks each minute for so many days; the days on which a line came, and its state.
    private static func lines(_ certificate: CertificateWatch.Certificate, days: Int64) -> [String] {
        var watch = CertificateWatch([certificate])
        var lines: [String] = []
        for minute in 0..<(days * 1440) {
            let found = watch.look(at: now + minute * 60)
            for line in found { lines.append("\(minute / 1440): \(line.state) \(line.daysLeft)") }
        }
        return lines
    }

    @Test func aGoodOneIsToldOnce() {
        #expect(Self.lines(Self.certificate(to: Self.now + 90 * Self.day), days: 30) == ["0: fine 90"])
    }

    @Test func theLastTwoWeeksAreToldEachDay() {
        #expect(
            Self.lines(Self.certificate(to: Self.now + 16 * Self.day), days: 5)
                == ["0: fine 16", "2: ending 13", "3: ending 12", "4: ending 11"])
    }

    @Test func theEndIsToldWhenItComesAndEachDay() {
        #expect(
            Self.lines(Self.certificate(to: Self.now + Self.day / 2), days: 3)
                == ["0: ending 0", "0: expired -1", "1: expired -2", "2: expired -3"])
    }

    @Test func oneThatIsNotValidYetIsToldUntilItIs() {
        let certificate = Self.certificate(from: Self.now + Self.day + 60, to: Self.now + 90 * Self.day)
        #expect(Self.lines(certificate, days: 3) == ["0: notYetValid 90", "1: notYetValid 89", "1: fine 88"])
    }

    @Test func eachIsToldOnItsOwn() {
        var watch = CertificateWatch([
            Self.certificate(to: Self.now - 1), Self.certificate(to: Self.now + 90 * Self.day),
        ])
        let first = watch.look(at: Self.now).map(\.state)
        #expect(first == [.expired, .fine])
        let again = watch.look(at: Self.now + 60)
        #expect(again.isEmpty)
        let nextDay = watch.look(at: Self.now + Self.day).map(\.state)
        #expect(nextDay == [.expired])
    }

    /// RFC 5280 §4.1.2.5: both ends are part of the validity.
    @Test func bothEndsAreInside() {
        var watch = CertificateWatch([Self.certificate(from: Self.now, to: Self.now)])
        let inside = watch.look(at: Self.now).map(\.state)
        #expect(inside == [.ending])
        let behind = watch.look(at: Self.now + 1).map(\.state)
        #expect(behind == [.expired])
    }
}
