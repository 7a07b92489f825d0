// The board's limits: nobody can make it grow without end.

import Testing

@testable import GatewayDemo

@Suite struct BoardTests {
    @Test func `everyone has said something already`() {
        #expect(Board.furnished(at: 0).posts.map(\.by) == ["carol", "bob", "alice"])
    }

    @Test func `the oldest post makes room`() {
        var board = Board()
        for number in 0...Board.Limit.posts { board.addPost(by: "alice", "\(number)", at: 0) }
        #expect(board.posts.count == Board.Limit.posts)
        #expect(board.posts.first?.text == "1")
        #expect(board.addComment(to: 1, by: "bob", "late", at: 0) == nil)
    }

    @Test func `the oldest comment and the oldest notice make room`() {
        var board = Board()
        let post = board.addPost(by: "alice", "x", at: 0)
        for number in 0...Board.Limit.commentsPerPost {
            _ = board.addComment(to: post.id, by: "bob", "\(number)", at: 0)
        }
        #expect(board.posts[0].comments.count == Board.Limit.commentsPerPost)
        #expect(board.posts[0].comments.first?.text == "1")
        #expect(board.notices(for: "alice").count == Board.Limit.noticesPerUser)
        #expect(board.notices(for: "alice").first?.text == "1")
        #expect(board.notices(for: "bob").isEmpty)
    }

    @Test func `each user reacts once in each way`() {
        var board = Board()
        let post = board.addPost(by: "alice", "x", at: 0)
        for user in ["bob", "carol", "bob", "alice"] {
            for reaction in Reaction.allCases { _ = board.addReaction(to: post.id, by: user, reaction, at: 0) }
        }
        #expect(board.posts[0].reactions.count == 3 * Reaction.allCases.count)
        #expect(board.notices(for: "alice").count == 2 * Reaction.allCases.count)
    }

    @Test func `read is what was there`() {
        var board = Board()
        #expect(board.markRead(by: "alice") == 0)
        let post = board.addPost(by: "alice", "x", at: 0)
        let notice = board.addComment(to: post.id, by: "bob", "1", at: 0)
        #expect(board.markRead(by: "alice") == notice?.id)
        _ = board.addComment(to: post.id, by: "bob", "2", at: 0)
        #expect(board.notices(for: "alice").map(\.isRead) == [true, false])
    }
}
