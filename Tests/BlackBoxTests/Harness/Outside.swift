// The suite that holds every test of the real program. What it shows is what an operator and a peer can see: processes,
// sockets, files and exit codes, never the code.

import Testing

/// Tests that start the real `sluice` and talk to it over the network.
///
/// They run one after the other, because they measure latency, descriptors and memory of processes on few cores. Each
/// promise has a test, and each test of a running gateway ends by holding it to its baseline.
@Suite("From outside", .serialized, .timeLimit(.minutes(3)))
struct Outside {}
