import ArgumentParser
import GatewayClient

/// `sluice users`: who is connected, or what streams one user has.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "See who is connected.",
        discussion: """
            Prints one JSON object per line: {"user":…,"streams":…} for each user, or with USER one for each of its \
            streams. The token needs the grant admin (sluice token --admin).

            Exit codes: 0 all are printed; 1 the gateway refused, or was not reached; 64 the command line is wrong; 78
            the --ca file or the --token-file is.
            """)

    @OptionGroup var gateway: GatewayOptions

    @Argument(help: ArgumentHelp("The user whose streams to print.", valueName: "user"))
    var user: String?

    func run() async throws {
        let client = try gateway.adminClient()
        let list = user.map(AdminList.streams) ?? .users
        var cursor: String?
        repeat {
            let page: AdminPage
            do throws(GatewayClientError) {
                page = try await client.page(of: list, cursor: cursor)
            } catch {
                throw CommandFailure("\(error)")
            }
            try Console.print(page.elements.map { $0 + "\n" }.joined())
            cursor = page.next
        } while cursor != nil
        await client.close()
    }
}
