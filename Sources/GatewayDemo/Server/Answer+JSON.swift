// The demo's answers in JSON. Nothing of them is kept by anyone in between.

internal import HTTPServing
internal import HTTPTypes
internal import StrictJSON

extension Answer {
    static func json(_ status: HTTPResponse.Status, _ bytes: [UInt8]) -> Answer {
        Answer(status, fields: [.contentType: "application/json", .cacheControl: "no-store"], body: bytes)
    }

    static func json(_ status: HTTPResponse.Status, _ members: (inout JSONMembers) -> Void) -> Answer {
        var writer = JSONWriter()
        writer.object(members)
        return json(status, writer.bytes)
    }
}

extension Problem {
    static let nothingHere = Problem(.notFound, "path-unknown", "There is nothing here.")
}
