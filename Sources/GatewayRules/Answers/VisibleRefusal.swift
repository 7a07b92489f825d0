// A refusal that a page can see. `EventSource` shows neither status nor body, and stops for good at any status but 200
// (HTML standard §9.2.3). With `?refusals=event` a page is told in-band instead, once, and then stopped.

internal import EventLog
internal import EventStream
internal import HTTPServing
internal import HTTPTypes

/// The answer to a page that does not get a stream.
struct VisibleRefusal {
    let problem: Problem
    let resume: ResumePoint
    let retryMilliseconds: UInt32
    /// A stream's response fields.
    let fields: HTTPFields

    /// 200 and `event: sluice.rejected`. The reconnect that follows is accepted if the page has signed in meanwhile. If
    /// it is refused again, it gets 204, at which `EventSource` stops.
    var answer: Answer {
        guard !resume.followsRejection else {
            return Answer(.noContent, fields: fields, refusal: problem.code)
        }
        let word = EventFrame(
            rejected: problem.code, detail: problem.detail, isRetryable: problem.status.kind == .serverError, id: id)
        return Answer(streamThatEndsWith: word, retryMilliseconds, fields, refusal: problem.code)
    }

    /// An id that fits into no field is from no stream of this gateway, so there is nothing to go on from.
    private var id: EventID? {
        (try? EventID(resume.marked)) ?? (try? EventID(ResumePoint.unknown.marked))
    }
}
