// The types of settings that name servers of NATS.

internal import NATSClient
internal import NATSMonitor
internal import PlainWords

extension Setting {
    static func servers(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<[ServerAddress]>
    ) -> Setting {
        list(key, "list of servers", "[]", reload, effect, target) { text throws(SettingValueError) in
            guard text.contains("://") else {
                throw SettingValueError(
                    problem: "is no server of NATS", remedy: "write it as nats://host:4222, or with tls or nats+tls")
            }
            do throws(NATSError) {
                return try ServerAddress(text)
            } catch {
                throw SettingValueError(problem: "is no server of NATS", remedy: error.message)
            }
        }
    }

    static func monitors(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<[MonitorURL]>
    ) -> Setting {
        list(key, "list of URLs", "[]", reload, effect, target) { text throws(SettingValueError) in
            do throws(MonitorURLError) {
                return try MonitorURL(text)
            } catch {
                throw SettingValueError(problem: "is no monitoring URL", remedy: error.reason)
            }
        }
    }

    /// Also the beginning of subjects, so that it has no character that means something in them.
    static func streamName(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<String>
    ) -> Setting {
        scalar(key, "name", nil, reload, effect, target, write: { $0 }) { text throws(SettingValueError) in
            let isName = text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x5F
            }
            guard isName, (1...64).contains(text.utf8.count), SecretLook(text) == nil else {
                throw SettingValueError(
                    problem: "is no name of a stream", remedy: "write 1 to 64 letters, digits, - or _")
            }
            return text
        }
    }
}
