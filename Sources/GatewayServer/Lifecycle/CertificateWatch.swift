// Which certificates are near their end, and when that is worth a log line. A value: the time is passed in. It reads no
// file and writes no log.

/// Looks at certificates again and again, and says about each what an operator has to know.
struct CertificateWatch: Sendable {
    /// A certificate that is served, or an authority of clients' certificates.
    struct Certificate: Sendable, Equatable {
        /// Its file, and its subject when the file has several.
        let name: String
        /// Both in seconds since 1970-01-01T00:00:00Z.
        let notBefore: Int64
        let notAfter: Int64
    }

    /// What there is to say.
    enum State: Equatable {
        case fine
        /// Fewer than ``ValidityCheck/renewalDays`` days are left.
        case ending
        case expired
        case notYetValid
    }

    /// A line about one of them.
    struct Line: Equatable {
        let certificate: Certificate
        let state: State
        /// Whole days until its end; less than 0 behind it.
        let daysLeft: Int64
    }

    private static let day: Int64 = 86_400
    private(set) var certificates: [Certificate]
    private var told: [(state: State, at: Int64)?]

    init(_ certificates: [Certificate]) {
        self.certificates = certificates
        told = Array(repeating: nil, count: certificates.count)
    }

    /// Goes on with other certificates.
    mutating func adopt(_ others: [Certificate]) {
        told = others.map { other in certificates.firstIndex(of: other).flatMap { told[$0] } }
        certificates = others
    }

    /// Looks at all of them.
    ///
    /// - Parameter now: in seconds since 1970-01-01T00:00:00Z.
    /// - Returns: a line for each at the first look and when its state has changed; each day for one that is not fine.
    mutating func look(at now: Int64) -> [Line] {
        certificates.indices.compactMap { index in
            let state = Self.state(of: certificates[index], at: now)
            guard isDue(state, told[index], at: now) else { return nil }
            told[index] = (state, now)
            return line(index, state, at: now)
        }
    }

    private func isDue(_ state: State, _ last: (state: State, at: Int64)?, at now: Int64) -> Bool {
        guard let last, last.state == state else { return true }
        return state != .fine && now - last.at >= Self.day
    }

    private func line(_ index: Int, _ state: State, at now: Int64) -> Line {
        let left = certificates[index].notAfter - now
        return Line(
            certificate: certificates[index], state: state, daysLeft: (left - (left < 0 ? Self.day - 1 : 0)) / Self.day)
    }

    private static func state(of certificate: Certificate, at now: Int64) -> State {
        if now > certificate.notAfter { return .expired }
        if now < certificate.notBefore { return .notYetValid }
        return certificate.notAfter - now < ValidityCheck.renewalDays * day ? .ending : .fine
    }
}
