// Promise: an application that is bundled with the module runs once in each page and nowhere else, its tabs share one
// stream, and on a server that renders pages the module does nothing at all.

import Testing

extension Outside {
    @Suite struct PageBundleTests {
        @Test(arguments: ModulePackage.Bundler.allCases)
        func aBundleSharesItsStreamAndIsNeverRunAsAWorker(bundler: ModulePackage.Bundler) async throws {
            try await Browser.run { gateway, browser in
                try await ModulePackage(in: gateway.workspace).bundle("application.js", by: bundler)
                try await browser.open("watcher", "plain.html")
                try await browser.run(
                    "watcher", "window.runs = 0; new BroadcastChannel('application').onmessage = () => runs += 1")
                for tab in ["a", "b"] {
                    try await browser.open(tab, "bundle.html", "&bundle=\(bundler.rawValue)")
                    try await browser.until(tab, "window.sluice?.state === 'live'")
                    #expect(try await browser.run(tab, "return sluice.mode") == "locks")
                }
                #expect(try await gateway.comment("1") == 1)
                for tab in ["a", "b"] { try await browser.until(tab, "seen.join() === '1'") }
                #expect(try await browser.run("watcher", "return runs") == "2")
                let trouble = try await browser.run("a", "return trouble")
                #expect(trouble.contains("connect({ url: "), "\(trouble)")
            }
        }

        @Test(arguments: [
            #"const { connect } = require("sluice-client"); "#, #"import { connect } from "sluice-client"; "#,
        ])
        func onAServerItIsInertAndTheProcessEnds(imported: String) async throws {
            let workspace = try Workspace()
            let package = try await ModulePackage(in: workspace)
            let script =
                imported + """
                    const stream = connect({ getToken() { console.log("asked") } });
                    stream.addEventListener("comment", () => {});
                    stream.refresh().then(() => stream.signOut()).then(() => {
                      stream.caughtUp();
                      stream.close();
                      console.log(stream.state, stream.mode, stream.lastEventId === "");
                    });
                    """
            let kind = imported.hasPrefix("import") ? "module" : "commonjs"
            let node = try Child(
                "node", ["--input-type=\(kind)", "--eval", script], in: workspace, folder: package.folder)
            #expect(try await node.ended(within: .seconds(20)) == 0, "\(node.transcript)")
            #expect(node.outputLines == ["closed undefined true"] && node.errors == "", "\(node.transcript)")
        }
    }
}
