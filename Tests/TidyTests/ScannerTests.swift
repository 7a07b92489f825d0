// The tidy tests are only as good as the way they read a file: these test that.

import Testing

@Suite struct ScannerTests {
    @Test func commentsAndLiteralsAreBlankedInPlace() {
        let code = CodeText("let a = \"x // y\" // z\n/* { /* } */ */ let b = #\"\\(no) \"q\"#\nlet c = 1")
        #expect(code.lines[0].hasPrefix("let a = "))
        #expect(!code.lines[0].contains("x") && !code.lines[0].contains("z"))
        #expect(code.lines[1].filter { !$0.isWhitespace } == "letb=")
        #expect(code.lines[2] == "let c = 1")
    }

    @Test func interpolationIsCodeAgain() {
        let code = CodeText("let a = \"p \\(f(\"q\", try! g())) r\"; h()")
        #expect(code.lines[0].contains("try! g()"))
        #expect(code.lines[0].contains("h()"))
        #expect(!code.lines[0].contains("q") && !code.lines[0].contains("r\""))
    }

    @Test func literalsOfSeveralLinesKeepTheirLines() {
        let code = CodeText("let a = \"\"\"\n    func no() {\n    \\(x) \"\" y\n    \"\"\"\nlet b = 2\n")
        #expect(code.lines.count == 6)
        #expect(code.functions.isEmpty)
        #expect(code.lines[4] == "let b = 2")
    }

    @Test func functionsAreFoundWithTheirLengths() {
        let code = CodeText(
            """
            protocol P { func none() }
            struct S {
                init() {}
                @inline(always) static func two() -> String {
                    // not counted

                    "}"
                }
                func wide(
                    a: Int = { 1 }()
                ) {
                    f { g }
                }
                deinit { h() }
                var x: Int { 1 }
            }
            """)
        #expect(
            code.functions == [
                FunctionLength(name: "init", line: 3, length: 1),
                FunctionLength(name: "two", line: 4, length: 2),
                FunctionLength(name: "wide", line: 9, length: 5),
                FunctionLength(name: "deinit", line: 14, length: 1),
            ])
    }

    @Test func requirementsWithoutABodyAreNotFunctions() {
        let code = CodeText("protocol P {\n    func a()\n    init(b: Int)\n}\nfunc c() {\n    d()\n}\n")
        #expect(code.functions == [FunctionLength(name: "c", line: 5, length: 3)])
    }

    @Test func importsAreReadWithTheirLevels() {
        let code = CodeText(
            "// import No\nimport A\npackage import B\n@testable import C\nimport struct D.E\nlet import1 = 2")
        #expect(code.imports.map(\.module) == ["A", "B", "C", "D"])
        #expect(code.imports.map(\.line) == [2, 3, 4, 5])
    }

    @Test func aFileKnowsItsRoomAndLines() {
        #expect(ProjectFile(path: "Sources/Room/A/B.swift", text: "").room == "Room")
        #expect(ProjectFile(path: "Tests/RoomTests/B.swift", text: "").room == nil)
        #expect(ProjectFile(path: "a", text: "1\n\n2\n").lines.count == 3)
    }

    @Test func aManifestIsReadTargetByTarget() {
        let manifest = Manifest(
            """
            func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target { .target(name: name) }
            let package = Package(
                name: "p", dependencies: [.package(url: "https://x/y", from: "1.0.0", traits: ["T"])],
                targets: [
                    .systemLibrary(name: "C", pkgConfig: "c"),
                    room(
                        "A", ["C", nio("N"), .product(name: "P", package: "q")],
                        resources: ["r"].map { .copy("x/\\($0)") }),
                    .target(name: "S", dependencies: ["A"], path: "Tests/Support/S"), // "no"
                    tests(of: "ATests", ["A"]),
                ])
            """)
        #expect(manifest.targets.map(\.name) == ["C", "A", "S", "ATests"])
        #expect(manifest.target("C")?.isSystem == true)
        #expect(manifest.target("A")?.dependencies == ["C", "N", "P"])
        #expect(manifest.target("S")?.folder == "Tests/Support/S" && manifest.target("S")?.dependencies == ["A"])
        #expect(manifest.target("ATests")?.folder == "Tests/ATests" && manifest.target("A")?.isRoom == true)
    }

    @Test func aPlanOfRoomsIsReadWithItsArrows() {
        let plan = HousePlan("A ──→ B, C,\n      D     what it is\n─── a line ───\nB ──→ nothing  ─\nC ──→ D\nD ──→ C")
        #expect(plan.arrows == ["A": ["B", "C", "D"], "B": [], "C": ["D"], "D": ["C"]])
        #expect(!plan.isInOrder)
    }
}
