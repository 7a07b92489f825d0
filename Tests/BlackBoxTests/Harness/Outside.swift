// The suite that holds every test of the real program. What it shows is what an operator and a peer can see: processes,
// sockets, files and exit codes, never the code.

import Foundation
import Testing

/// Tests that start the real `sluice` and talk to it over the network.
///
/// Each promise has a test, and each test of a running gateway ends by holding it to its baseline. Three run at a
/// time, and those that are ``Testing/Trait/alone`` run alone. None takes more than three minutes; the `make` target of
/// a long form says how many that one may take, as the shortest limit of a test and its suites counts.
@Suite("From outside", Turns(), .timeLimit(.minutes(limit)))
struct Outside {}

private let limit = ProcessInfo.processInfo.environment["SLUICE_TEST_MINUTES"].flatMap(Int.init) ?? 3
