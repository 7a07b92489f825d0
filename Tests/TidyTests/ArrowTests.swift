// SwiftPM lets a file import what its target does not declare, as long as something else brought it into the build. So
// these tests read the manifest target by target, and the import lines of its files. The article on the architecture
// draws the same arrows.

import Foundation
import Testing

@Suite struct ArrowTests {
    @Test func everyImportIsDeclaredByItsTarget() throws {
        for target in try Manifest.read().targets {
            let declared = Set(target.dependencies).union(House.platform)
            for file in SourceTree.files(of: target) {
                for found in file.imports {
                    #expect(
                        declared.contains(found.module),
                        """
                        \(file.path):\(found.line): \(target.name) does not declare \(found.module) in Package.swift. It \
                        declares \(target.dependencies.sorted().formatted()). Move the code to a target that does, or \
                        pass the value in; a new arrow is a decision, and belongs into Architecture.md too.
                        """)
                }
            }
        }
    }

    @Test func everyDeclaredDependencyIsImported() throws {
        for target in try Manifest.read().targets {
            let imported = Set(SourceTree.files(of: target).flatMap { $0.imports.map(\.module) })
            for dependency in target.dependencies {
                #expect(
                    imported.contains(dependency),
                    "\(target.name) declares \(dependency) and imports it nowhere; take it out of Package.swift")
            }
            #expect(Set(target.dependencies).count == target.dependencies.count, "\(target.name) declares one twice")
        }
    }

    @Test func doorsAreUsedByTheirRoomsOnly() {
        for file in SourceTree.sources {
            for found in file.imports {
                for door in House.doors where door.module == found.module && !door.rooms.contains(file.room ?? "") {
                    Issue.record("\(file.path):\(found.line): import \(found.module): \(door.reason)")
                }
            }
        }
    }

    @Test func aDoorIsOpenToNobodyWhoDoesNotUseIt() {
        for door in House.doors {
            for room in door.rooms {
                let isUsed = SourceTree.sources.contains { file in
                    file.room == room && file.imports.contains { $0.module == door.module }
                }
                #expect(isUsed, "House lets \(room) import \(door.module), which it does nowhere")
            }
        }
    }

    @Test func theArticleDrawsTheArrowsOfTheManifest() throws {
        let drawn = HousePlan(try SourceTree.file(Self.article).text)
        let manifest = try Manifest.read()
        let rooms = Set(manifest.targets.filter(\.isRoom).map(\.name))
        for target in manifest.targets where target.isRoom && !target.isSystem {
            let declared = Set(target.dependencies).intersection(rooms)
            #expect(
                drawn.arrows[target.name] == declared,
                "Architecture.md should draw \(target.name) ──→ \(declared.sorted().joined(separator: ", "))")
        }
        #expect(Set(drawn.arrows.keys).isSubset(of: rooms), "Architecture.md draws a room that is not in Package.swift")
        #expect(drawn.isInOrder, "Architecture.md draws an arrow that leads up: a room imports only what is below it")
    }

    @Test func everyDependencyIsPinned() throws {
        let manifest = try SourceTree.file("Package.swift").text.split(whereSeparator: \.isWhitespace).joined()
        let packages = manifest.components(separatedBy: ".package(url:").dropFirst()
        #expect(packages.count >= 10)
        for package in packages {
            let isPinned = package.firstMatch(of: #/^"[^"]+",exact:"\d+\.\d+\.\d+"/#) != nil
            #expect(isPinned, "\(package.prefix(60)): give it an exact: version, and say so in CHANGELOG.md")
        }
    }

    @Test func everyRoomHasTestsAndEveryTestTargetHasARoom() throws {
        let manifest = try Manifest.read()
        let rooms = manifest.targets.filter(\.isRoom)
        let tests = manifest.targets.map(\.name).filter { $0.hasSuffix("Tests") && !House.testsOfTheWhole.contains($0) }
        for name in tests {
            let room = String(name.dropLast("Tests".count))
            #expect(manifest.target(room)?.isRoom == true, "Tests/\(name) is named after no room; name it ROOM + Tests")
        }
        for room in rooms where !room.isSystem {
            #expect(tests.contains(room.name + "Tests"), "room \(room.name) has no tests; add Tests/\(room.name)Tests")
        }
    }

    @Test func everyFileIsInATarget() throws {
        let folders = try Manifest.read().targets.map { $0.folder + "/" } + House.builtWhenAsked
        for file in SourceTree.sources + SourceTree.tests {
            let isBuilt = folders.contains { file.path.hasPrefix($0) }
            #expect(isBuilt, "\(file.path) is never built; its folder is no target of Package.swift")
        }
    }

    private static let article = "Sources/GatewayServer/Documentation.docc/Architecture.md"
}
