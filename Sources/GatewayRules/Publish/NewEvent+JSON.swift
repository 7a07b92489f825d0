// One event in a publisher's JSON: `{"to":…,"event":…,"data":…,"ttl":…}`. It is parsed in one pass. Data that is no
// string goes to the stream byte for byte.

internal import EventLog
internal import EventStream
internal import HTTPServing
internal import HTTPTypes
internal import NIOCore
internal import StrictJSON
internal import TokenAuth

extension NewEvent {
    /// Reads an event. Whether the publisher may send it is ``Publisher``'s matter.
    ///
    /// - Parameter request: what it says of the request that brings it.
    /// - Throws: ``Problem`` that says which member is wrong and how it should be.
    init(json text: ByteBuffer, limits: PublishLimits, request: FieldValue? = nil) throws(Problem) {
        do {
            var reader = try JSONReader(text.withUnsafeReadableBytes { [UInt8]($0) })
            self = try Draft(limits: limits).read(&reader, request)
        } catch let error as JSONError {
            throw .jsonInvalid(error.description)
        } catch let error as Problem {
            throw error
        } catch {
            throw .publishInvalid("\(error)")
        }
    }
}

/// Reads the members.
private struct Draft {
    let limits: PublishLimits

    func read(_ reader: inout JSONReader, _ request: FieldValue?) throws -> NewEvent {
        try require(.object, &reader, #"An event is an object: {"to":…,"event":…,"data":…,"ttl":…}."#)
        var (audience, name, data, timeToLive): (Audience?, EventName?, ByteBuffer?, Int64?)
        var object = try reader.beginObject()
        while let member = try reader.nextName(of: &object) {
            if reader.isName(member, "to") {
                audience = try readAudience(&reader)
            } else if reader.isName(member, "data") {
                data = try readData(&reader)
            } else if reader.isName(member, "event") {
                name = try readName(&reader)
            } else if reader.isName(member, "ttl") {
                timeToLive = try readTimeToLive(&reader)
            } else {
                throw Problem.publishInvalid("An event has the members to, event, data and ttl, and no other.")
            }
        }
        try reader.finish()
        guard let audience else {
            throw Problem.publishInvalid(
                #"`to` is missing: {"user":…}, {"users":[…]}, {"topic":…} or {"everyone":true}."#)
        }
        guard let data else {
            throw Problem.publishInvalid(
                "`data` is missing: a string or any JSON value. A page hears no event without data.")
        }
        return NewEvent(audience: audience, name: name, data: data, timeToLive: timeToLive, request: request)
    }

    // MARK: Audience

    private func readAudience(_ reader: inout JSONReader) throws -> Audience {
        try require(.object, &reader, "`to` is an object that names a `user`, `users`, a `topic` or `everyone`.")
        var object = try reader.beginObject()
        var audience: Audience?
        while let member = try reader.nextName(of: &object) {
            guard audience == nil else { throw Problem.publishInvalid("`to` has one member: one event, one audience.") }
            if reader.isName(member, "user") {
                audience = .user(try readUser(&reader))
            } else if reader.isName(member, "users") {
                audience = .users(try readUsers(&reader))
            } else if reader.isName(member, "topic") {
                audience = .topic(try readTopic(&reader))
            } else if reader.isName(member, "everyone") {
                audience = try readEveryone(&reader)
            } else {
                throw Problem.publishInvalid("`to` names a `user`, `users`, a `topic` or `everyone`.")
            }
        }
        guard let audience else { throw Problem.publishInvalid("`to` is empty: name an audience.") }
        return audience
    }

    private func readUsers(_ reader: inout JSONReader) throws -> [String] {
        try require(.array, &reader, "`users` is an array of names.")
        var array = try reader.beginArray()
        var users: [String] = []
        var seen: Set<String> = []
        while try reader.nextElement(of: &array) {
            let user = try readUser(&reader)
            guard seen.insert(user).inserted else { continue }
            guard users.count < limits.usersPerEvent else {
                throw Problem.publishInvalid(
                    "An event may name \(limits.usersPerEvent) users (limits.users_per_event). Publish it in parts.")
            }
            users.append(user)
        }
        guard !users.isEmpty else { throw Problem.publishInvalid("`users` is empty: name at least one user.") }
        // A copy without spare capacity, because the list lives as long as its event.
        return Array(users.lazy.map(\.self))
    }

    private func readEveryone(_ reader: inout JSONReader) throws -> Audience {
        try require(.bool, &reader, "`everyone` is true, or not there at all.")
        guard try reader.readBool() else { throw Problem.publishInvalid("`everyone` is true, or not there at all.") }
        return .everyone
    }

    private func readUser(_ reader: inout JSONReader) throws -> String {
        try require(.string, &reader, "A user's name is a string.")
        let name = try reader.readString()
        if let fault = UserName.fault(of: name) {
            throw Problem.publishInvalid("A user \(fault). It is the `sub` of its tokens.")
        }
        return name
    }

    private func readTopic(_ reader: inout JSONReader) throws -> String {
        try require(.string, &reader, "A topic's name is a string.")
        let name = try reader.readString()
        if let fault = TopicName.fault(of: name) { throw Problem.topicInvalid("A topic \(fault).") }
        return name
    }

    // MARK: Event

    private func readName(_ reader: inout JSONReader) throws -> EventName {
        try require(.string, &reader, "`event` is a string.")
        return try PublishedName.checked(try reader.readString())
    }

    private func readData(_ reader: inout JSONReader) throws -> ByteBuffer {
        let bytes = try reader.stands(at: .string) ? try reader.readStringBytes() : try reader.readRaw()
        let data = bytes.withUnsafeBytes { ByteBuffer(bytes: $0) }
        guard data.readableBytes <= limits.eventBytes else {
            throw Problem(
                .contentTooLarge, "event-too-large",
                "An event's data may have \(limits.eventBytes) bytes (limits.event). Send a reference to it instead.")
        }
        return data
    }

    private func readTimeToLive(_ reader: inout JSONReader) throws -> Int64 {
        let rule = "`ttl` is a whole number of seconds above zero."
        try require(.number, &reader, rule)
        let number = try reader.readNumber()
        // `60.0` is a whole number, too: languages without integers of their own write it so (JSON Schema Validation
        // §6.1.1).
        let seconds = (try? number.int64()) ?? (try? number.double()).flatMap { Int64(exactly: $0) }
        guard let seconds, seconds > 0 else { throw Problem.publishInvalid(rule) }
        return seconds
    }

    /// Refuses a value of another kind: it is JSON, and no event. If it is not even JSON, the refusal says that.
    private func require(_ kind: JSONKind, _ reader: inout JSONReader, _ rule: String) throws {
        guard try !reader.stands(at: kind) else { return }
        try reader.skipValue()
        throw Problem.publishInvalid(rule)
    }
}
