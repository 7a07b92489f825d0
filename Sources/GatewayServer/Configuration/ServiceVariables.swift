// Variables that Kubernetes and Docker put into a container's environment to say where other containers are. For a
// Service or a link named `sluice`, or `sluice-…`, they have our prefix, and nobody wrote them: they are no mistake of
// anybody's.

/// The variables among ours that are service addresses (Kubernetes: *Discovering services*, Docker: *Legacy container
/// links*).
///
/// For a Service `sluice-admin`: `SLUICE_ADMIN_SERVICE_HOST`, `…_SERVICE_PORT`, `…_SERVICE_PORT_HTTP`, `…_PORT`,
/// `…_PORT_8444_TCP`, `…_PORT_8444_TCP_PROTO`, `…_PORT` and `…_ADDR`. Where such a name is a setting's
/// (`SLUICE_ADMIN_PORT`), the value tells: theirs is `tcp://10.0.0.1:8444`.
struct ServiceVariables {
    /// The variables that are no settings.
    let names: Set<String>

    /// - Parameter variables: those with our prefix.
    init(_ variables: [String: String]) {
        let settings = Set(Settings.all.map(\.environmentName))
        let linked = variables.filter { Self.isLinkName($0.key, $0.value) }.keys.map {
            $0.dropLast("NAME".count) + "ENV_"
        }
        names = Set(
            variables.filter { name, value in
                if Self.isAddress(name, value) { return true }
                return !settings.contains(name)
                    && (Self.isPart(name, value) || Self.isLinkName(name, value)
                        || linked.contains(where: name.hasPrefix))
            }.keys)
    }

    /// One line about all of them; nil when there are none.
    var notice: String? {
        guard !names.isEmpty else { return nil }
        let shown = names.sorted().prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
        return
            "\(shown) are not settings but the address of a Service or container whose name begins with sluice, and are "
            + "passed over; `enableServiceLinks: false` in the Pod keeps Kubernetes from making them"
    }

    /// `…_PORT=tcp://10.0.0.1:8443` and `…_PORT_8443_TCP=tcp://10.0.0.1:8443`.
    private static func isAddress(_ name: String, _ value: String) -> Bool {
        let words = name.split(separator: "_")
        guard protocols.contains(where: { value.hasPrefix($0 + "://") }) else { return false }
        return words.last == "PORT" || isNumberedPort(words[...])
    }

    /// The other variables of a service, whose values are no URLs.
    private static func isPart(_ name: String, _ value: String) -> Bool {
        let words = name.split(separator: "_")
        if words.suffix(2) == ["SERVICE", "HOST"] { return isHost(value) }
        let port = words.lastIndex(of: "PORT") ?? 0
        if port > 0, words[port - 1] == "SERVICE", isNumber(value) { return true }
        guard isNumberedPort(words.dropLast()) else { return false }
        return switch words.last {
        case "PROTO": protocols.contains(value)
        case "PORT": isNumber(value)
        case "ADDR": isHost(value)
        default: false
        }
    }

    /// `SLUICE_NAME=/web/sluice`, which only Docker's links have.
    private static func isLinkName(_ name: String, _ value: String) -> Bool {
        name.hasSuffix("_NAME") && value.first == "/" && value.split(separator: "/").count == 2
    }

    private static let protocols = ["tcp", "udp", "sctp"]

    /// Ends with `PORT_8443_TCP`.
    private static func isNumberedPort(_ words: ArraySlice<Substring>) -> Bool {
        let end = words.suffix(3).map(String.init)
        return end.count == 3 && end[0] == "PORT" && isNumber(end[1]) && protocols.contains(end[2].lowercased())
    }

    private static func isNumber(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// An address, or for a Service without one `None`.
    private static func isHost(_ text: String) -> Bool {
        let isAddress = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        return !text.isEmpty && (isAddress || text.contains(":") || text == "None")
    }
}
