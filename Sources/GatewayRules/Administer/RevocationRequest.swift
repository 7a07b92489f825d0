// Which tokens an administrator revokes, in JSON: `{"jti":…}`, `{"sub":…}`, `{"sub":…,"issuedBefore":…}` or
// `{"everyone":true,"issuedBefore":…}`.

internal import EventLog
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import StrictJSON
internal import TokenAuth

/// A request to revoke tokens, checked.
struct RevocationRequest: Equatable {
    let revocation: Revocation

    /// - Parameter now: what time it is. Without `issuedBefore`, a user's tokens are revoked that were issued up to
    ///   now: those of this very second too, since `iat` says no more.
    /// - Throws: ``Problem`` that says which member is wrong and how it should be.
    init(_ text: ByteBuffer, now: WallTime) throws(Problem) {
        do {
            var (draft, reader) = (Draft(), try JSONReader(Array(text.readableBytesView)))
            try draft.read(&reader)
            try reader.finish()
            revocation = try draft.revocation(now)
        } catch let error as JSONError {
            throw .jsonInvalid(error.description)
        } catch let error as Problem {
            throw error
        } catch {
            throw .revocationInvalid("\(error)")
        }
    }
}

/// The members that were read so far.
private struct Draft {
    var targets: [Revocation.Target] = []
    var issuedBefore: Int64?

    mutating func read(_ reader: inout JSONReader) throws {
        try require(.object, &reader, Self.shape)
        var object = try reader.beginObject()
        while let member = try reader.nextMember(of: &object) {
            switch member {
            case "jti": targets.append(.token(try readName(&reader, "`jti`", TokenName.fault)))
            case "sub": targets.append(.user(try readName(&reader, "`sub`", UserName.fault)))
            case "everyone":
                try require(.bool, &reader, Self.shape)
                guard try reader.readBool() else { throw Problem.revocationInvalid(Self.shape) }
                targets.append(.everyone)
            case "issuedBefore": issuedBefore = try readDate(&reader)
            default: throw Problem.revocationInvalid(Self.shape)
            }
        }
    }

    private static let shape =
        #"Send {"jti":…}, {"sub":…}, {"sub":…,"issuedBefore":…} or {"everyone":true,"issuedBefore":…}."#

    func revocation(_ now: WallTime) throws(Problem) -> Revocation {
        guard targets.count == 1, let target = targets.first else { throw .revocationInvalid(Self.shape) }
        let thisSecond = now.milliseconds / 1000
        if let issuedBefore, issuedBefore > thisSecond + Self.longestAhead {
            throw .revocationInvalid("`issuedBefore` lies more than a day ahead. It is in seconds since 1970.")
        }
        switch target {
        case .token where issuedBefore != nil:
            throw .revocationInvalid("`jti` names one token: leave `issuedBefore` out.")
        case .everyone where issuedBefore == nil:
            throw .revocationInvalid("`everyone` needs `issuedBefore`, in seconds since 1970.")
        case .token, .user, .everyone:
            return Revocation(target, issuedBefore: issuedBefore ?? thisSecond + 1, madeAt: now)
        }
    }

    /// A time much further ahead is a mistake in its unit, which would keep everyone out for years.
    private static let longestAhead: Int64 = 24 * 3600

    private func readName(
        _ reader: inout JSONReader, _ what: String, _ fault: (String) -> String?
    ) throws -> String {
        try require(.string, &reader, "\(what) is a string.")
        let name = try reader.readString()
        if let fault = fault(name) { throw Problem.revocationInvalid("\(what) \(fault).") }
        return name
    }

    private func readDate(_ reader: inout JSONReader) throws -> Int64 {
        let rule = "`issuedBefore` is a number of seconds since 1970."
        try require(.number, &reader, rule)
        let number = try reader.readNumber()
        // A fraction goes up: what was issued within that second is revoked.
        let seconds = (try? number.int64()) ?? (try? number.double()).flatMap { Int64(exactly: $0.rounded(.up)) }
        guard let seconds, seconds >= 0 else { throw Problem.revocationInvalid(rule) }
        return seconds
    }

    private func require(_ kind: JSONKind, _ reader: inout JSONReader, _ rule: String) throws {
        guard try reader.kind() != kind else { return }
        try reader.skipValue()
        throw Problem.revocationInvalid(rule)
    }
}

extension Problem {
    static func revocationInvalid(_ detail: String) -> Problem { Problem(.badRequest, "revocation-invalid", detail) }
}
