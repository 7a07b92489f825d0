// The suite that holds every test of the real program. What it shows is what an operator and a peer can see: processes,
// sockets, files and exit codes, never the code.

import Testing

/// Tests that start the real `sluice` and talk to it over the network.
///
/// Each promise has a test, and each test of a running gateway ends by holding it to its baseline. Three run at a
/// time, and those that are ``Testing/Trait/alone`` run alone.
@Suite("From outside", Turns(), .timeLimit(.minutes(3)))
struct Outside {}
