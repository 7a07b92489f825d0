internal import HTTP2Kit
internal import NIOCore

/// A client's frames, behind its preface or without it. Each request is answered, so that later frames find streams.
enum HTTP2Target {
    static func read(_ pieces: Pieces) {
        let now = NIODeadline.uptimeNanoseconds(0)
        guard let session = try? HTTP2Session(limits: HTTP2Limits(), output: HTTP2Output(), now: now) else {
            preconditionFailure("a session cannot be made")
        }
        for piece in pieces.all {
            guard (try? session.receive(piece, now: now)) != nil else {
                session.terminate(.protocolError)
                break
            }
            while let event = session.nextEvent() {
                guard case .request(let stream, _) = event else { continue }
                session.respond([HTTP2Field(":status", "200")], body: nil, endsStream: false, on: stream)
            }
            while (try? session.takeOutput(atMost: 1 << 20, now: now, { _ in })) == true {}
        }
        while (try? session.takeOutput(atMost: 1 << 20, now: now, { _ in })) == true {}
    }
}
