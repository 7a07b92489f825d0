// Where events go, and what an interest filters by.

import EventLog
import NATSClient
import Testing

@testable import JetStreamEventLog

@Suite struct LogSubjectTests {
    private let subjects = LogSubjects(stream: "sluice")

    private func isFound(_ audience: Audience, by interest: Interest) throws -> Int {
        let subject = try Subject(try subjects.subject(of: audience))
        return try subjects.filters(for: interest).count { filter in try SubjectFilter(filter).matches(subject) }
    }

    @Test func anInterestFindsItsOwnByOneFilter() throws {
        let alice = Interest(user: "alice", topics: ["news", "sport"])
        for audience in [
            Audience.user("alice"), .users(["alice"]), .users(["bob", "alice"]), .topic("sport"), .everyone,
        ] { #expect(try isFound(audience, by: alice) == 1, "\(audience)") }
        for audience in [Audience.user("bob"), .user("news"), .topic("alice"), .users([])] {
            #expect(try isFound(audience, by: alice) == 0, "\(audience)")
        }
    }

    @Test func namesOfAnyCharactersAndLengthAreSubjects() throws {
        for name in ["", " ", "a.b", "*", ">", "é", String(repeating: "x", count: 5000)] {
            #expect(try isFound(.user(name), by: Interest(user: name)) == 1, "\(name.prefix(9))")
        }
    }

    @Test func twoSpellingsOfAnEqualNameAreOne() throws {
        #expect(try isFound(.user("Ren\u{E9}"), by: Interest(user: "Rene\u{301}")) == 1)
    }

    @Test func aNoteIsNobodysEvent() throws {
        let note = try Subject(subjects.note)
        for filter in try subjects.filters(for: Interest(user: "n", topics: ["n"])) {
            #expect(try !SubjectFilter(filter).matches(note))
        }
        #expect(try SubjectFilter(subjects.allEvents).matches(note))
    }

    @Test(arguments: ["", "a.b", "a*", ">", "a b", "ä", String(repeating: "x", count: 65)])
    func aNameThatIsNoStreams(name: String) { #expect(!LogSubjects.isName(name)) }
}
