// A request of JetStream's API and its answer, as values: what is asked where, and how the answer is read. The requests
// themselves stand with what they answer.

internal import NIOCore
internal import StrictJSON

/// One request.
struct APIRequest<Answer: JSONObject>: Sendable {
    /// The subject behind `$JS.API.`
    let name: String
    /// A JSON text, or nothing.
    let body: [UInt8]

    /// - Parameter members: writes the members of the body; without it there is none.
    init(_ name: String, _ members: ((inout JSONMembers) -> Void)? = nil) {
        self.name = name
        var writer = JSONWriter()
        if let members { writer.object(members) }
        body = writer.bytes
    }

    /// Reads an answer.
    func answer(in payload: ByteBuffer) throws(JetStreamError) -> Answer {
        let reply: APIReply<Answer>
        do throws(JSONError) {
            reply = try APIReply(json: Array(payload.readableBytesView))
        } catch {
            throw JetStreamError(.malformed("\(error)"), of: name)
        }
        if let refusal = reply.refusal { throw JetStreamError(.refused(refusal), of: name) }
        return reply.answer
    }

    static var subjectPrefix: String { "$JS.API." }
}

/// What comes for a request: an answer, or an error in its place.
struct APIReply<Answer: JSONObject>: JSONObject {
    var answer = Answer()
    var refusal: Refusal?

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        if name == "error" { refusal = try Refusal(&reader) } else { try answer.take(name, &reader) }
    }
}

/// An answer of which nothing matters but that it is none of an error.
struct Done: JSONObject {
    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) { try reader.skipValue() }
}
