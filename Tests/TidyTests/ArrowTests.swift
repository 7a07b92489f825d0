// SwiftPM lets a file import what its target does not declare, as long as something else brought it into the build. So
// these tests read the import lines, and hold the arrows of the house.

import Foundation
import Testing

@Suite struct ArrowTests {
    @Test func everyRoomImportsOnlyWhatItsArrowsAllow() throws {
        for file in SourceTree.sources {
            let room = try #require(file.room, "\(file.path): source files lie in a room's folder, Sources/ROOM/…")
            let allowed = try #require(House.arrows[room], "\(file.path): room \(room) has no arrows; add it to House")
            for found in file.code.imports where !House.everywhere.contains(found.module) {
                #expect(
                    allowed.contains(found.module),
                    """
                    \(file.path):\(found.line): \(room) must not import \(found.module). It may import \
                    \(allowed.sorted().formatted()). Move the code to the room that may, or pass the value in.
                    """)
            }
        }
    }

    @Test func doorsAreUsedByTheirRoomsOnly() {
        for file in SourceTree.sources {
            for found in file.code.imports {
                for door in House.doors where door.module == found.module && !door.rooms.contains(file.room ?? "") {
                    Issue.record("\(file.path):\(found.line): import \(found.module): \(door.reason)")
                }
            }
        }
    }

    @Test func theManifestDeclaresTheSameArrows() throws {
        let named = try Self.namesInManifest()
        for (room, allowed) in House.arrows {
            for other in allowed where House.arrows[other] != nil {
                #expect(named.contains(other), "House lets \(room) import \(other), which Package.swift does not name")
            }
            #expect(named.contains(room), "House knows a room \(room) that Package.swift does not name")
        }
    }

    @Test func everyRoomHasTestsAndEveryTestTargetHasARoom() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: SourceTree.root.appendingPathComponent("Tests").path)
        let targets = folders.filter { $0.hasSuffix("Tests") && !House.testsOfTheWhole.contains($0) }
        for target in targets {
            let room = String(target.dropLast("Tests".count))
            #expect(House.arrows[room] != nil, "Tests/\(target) is named after no room; name it ROOM + Tests")
        }
        for room in House.arrows.keys where !House.testedFromOutside.contains(room) {
            #expect(targets.contains(room + "Tests"), "room \(room) has no tests; add Tests/\(room)Tests")
        }
    }

    @Test func everyTestTargetIsInTheManifest() throws {
        let named = try Self.namesInManifest()
        // What several test targets share lies in folders of its own, one level down.
        let folders = SourceTree.tests.map { file in
            let parts = file.path.split(separator: "/")
            return parts[1] == "Support" ? parts[2] : parts[1]
        }
        for folder in Set(folders) {
            #expect(named.contains(String(folder)), "Tests/\(folder) is never run; add it to Package.swift")
        }
    }

    /// Every text in quotes of the manifest.
    private static func namesInManifest() throws -> Set<String> {
        let parts = try SourceTree.file("Package.swift").text.split(separator: "\"", omittingEmptySubsequences: false)
        return Set(parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) })
    }
}
