// The types that settings have, each as a function that makes a row of the table. A row's value is parsed here and
// stored under a key path, so that a key and its property cannot be mixed up by type.

import GatewayRules
import Logging
import NIOCore
import PeerText
import PlainWords
import TokenAuth

extension Setting {
    typealias Target<Value> = WritableKeyPath<ConfigurationDraft, Value> & Sendable
    typealias Parse<Value> = @Sendable (String) throws(SettingValueError) -> Value

    static func number(
        _ key: String, _ range: ClosedRange<Int>, type: String = "number", reload: Reload, _ effect: String,
        into target: any Target<Int>
    ) -> Setting {
        scalar(key, type, "\(range.lowerBound) … \(range.upperBound)", reload, effect, target, write: { String($0) }) {
            text throws(SettingValueError) in try WholeNumber.parse(text, in: range)
        }
    }

    static func size(
        _ key: String, _ range: ClosedRange<Int>, reload: Reload, _ effect: String, into target: any Target<Int>
    ) -> Setting {
        let limits = "\(SizeText.format(range.lowerBound)) … \(SizeText.format(range.upperBound))"
        return scalar(key, "size", limits, reload, effect, target, write: SizeText.format) {
            text throws(SettingValueError) in try SizeText.parse(text, in: range)
        }
    }

    static func time(
        _ key: String, _ range: ClosedRange<Duration>, reload: Reload, _ effect: String,
        into target: any Target<Duration>
    ) -> Setting {
        let limits = "\(DurationText.format(range.lowerBound)) … \(DurationText.format(range.upperBound))"
        return scalar(key, "time", limits, reload, effect, target, write: DurationText.format) {
            text throws(SettingValueError) in try DurationText.parse(text, in: range)
        }
    }

    static func toggle(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<Bool>
    ) -> Setting {
        scalar(key, "true or false", nil, reload, effect, target, isSwitch: true, write: { String($0) }) {
            text throws(SettingValueError) in
            guard let value = Bool(text) else {
                throw SettingValueError(problem: "is neither true nor false", remedy: "write true or false")
            }
            return value
        }
    }

    static func choice<Value: RawRepresentable & CaseIterable & Equatable & Sendable>(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<Value>
    ) -> Setting where Value.RawValue == String {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return scalar(key, "word", words, reload, effect, target, write: \.rawValue) { text throws(SettingValueError) in
            guard let value = Value(rawValue: text) else {
                throw SettingValueError(problem: "is none of the choices", remedy: "write one of \(words)")
            }
            return value
        }
    }

    static func address(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<String>
    ) -> Setting {
        scalar(key, "IP address", nil, reload, effect, target, write: { $0 }) { text throws(SettingValueError) in
            guard (try? SocketAddress(ipAddress: text, port: 0)) != nil else {
                throw SettingValueError(
                    problem: "is not an IP address",
                    remedy: "write one of this machine's, such as 127.0.0.1, 0.0.0.0 or ::")
            }
            return text
        }
    }

    /// - Parameter substitute: the setting that may be there in its place.
    static func requiredPath(
        _ key: String, or substitute: String, isSecret: Bool = false, reload: Reload, _ effect: String,
        into target: any Target<String?>
    ) -> Setting {
        var setting = scalar(
            key, "path", nil, reload, effect, target, isRequired: true, isSecret: isSecret, write: { _ in nil }
        ) { text throws(SettingValueError) in try path(text, isSecret: isSecret) }
        setting.substitute = substitute
        return setting
    }

    static func claim(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<ClaimPath>
    ) -> Setting {
        scalar(key, "claim", nil, reload, effect, target, write: \.description) { text throws(SettingValueError) in
            guard let path = ClaimPath(text) else {
                throw SettingValueError(
                    problem: "is no name of a claim",
                    remedy: "write 1 to 256 bytes without control characters and `*`, as realm_access.roles")
            }
            return path
        }
    }

    /// A row whose value has parts: in the file as maps and lists, elsewhere as JSON.
    static func parts<Value: Equatable & Sendable>(
        _ key: String, type: String, default defaultText: String?, reload: Reload, _ effect: String,
        into target: any Target<Value>, _ read: @escaping @Sendable (WrittenPart) throws(WrittenTreeError) -> Value
    ) -> Setting {
        Setting(
            key: key, type: type, range: nil, defaultText: defaultText, isRequired: false, hasParts: true,
            isList: false, isSwitch: false, isSecret: false, reload: reload, effect: effect,
            store: { texts, draft throws(SettingError) in
                do throws(WrittenTreeError) {
                    draft[keyPath: target] = try read(WrittenPart(try WrittenTree(texts.joined(separator: ","))))
                } catch {
                    throw SettingError(
                        text: error.text, reason: SettingValueError(problem: error.problem, remedy: error.remedy),
                        part: error.path)
                }
            }, isSame: { $0[keyPath: target] == $1[keyPath: target] },
            copy: { $1[keyPath: target] = $0[keyPath: target] })
    }

    static func optional(
        _ key: String, type: String, isSecret: Bool = false, reload: Reload, _ effect: String,
        into target: any Target<String?>
    ) -> Setting {
        scalar(key, type, nil, reload, effect, target, isSecret: isSecret, write: { $0 }) {
            text throws(SettingValueError) in
            type == "path" ? try path(text, isSecret: isSecret) : try nonEmpty(text)
        }
    }

    static func requiredPaths(
        _ key: String, isSecret: Bool = false, reload: Reload, _ effect: String, into target: any Target<[String]>
    ) -> Setting {
        list(key, "path, or list of paths", nil, reload, effect, target, isRequired: true, isSecret: isSecret) {
            text throws(SettingValueError) in try path(text, isSecret: isSecret)
        }
    }

    static func origins(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<[Origin]>
    ) -> Setting {
        list(key, "list of origins", "[]", reload, effect, target) { text throws(SettingValueError) in
            do throws(OriginError) {
                return try Origin(text)
            } catch {
                throw SettingValueError(problem: "is not an origin that can be allowed", remedy: error.message)
            }
        }
    }

    static func hosts(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<[String]>
    ) -> Setting {
        list(key, "list of names", "[]", reload, effect, target) { text throws(SettingValueError) in
            let isName =
                !text.isEmpty
                && text.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x2E
                }
            guard isName else {
                throw SettingValueError(
                    problem: "is not a host's name", remedy: "write it without scheme and port, as gateway.internal")
            }
            return text
        }
    }

    static func topics(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<[String]>
    ) -> Setting {
        list(key, "list of topics", "[]", reload, effect, target) { text throws(SettingValueError) in
            guard GrantPatterns([text]) != nil else {
                throw SettingValueError(
                    problem: "is no topic",
                    remedy: "write a topic's name, or a beginning with `*` behind it, as room/*: at most 256 bytes in "
                        + "Unicode form NFC, no control characters, `*` only as last")
            }
            return text
        }
    }

    @Sendable private static func nonEmpty(_ text: String) throws(SettingValueError) -> String {
        guard !text.isEmpty, !text.utf8.contains(0) else {
            throw SettingValueError(problem: "is empty", remedy: "write a value, or remove it")
        }
        return text
    }

    static func networks(
        _ key: String, reload: Reload, _ effect: String, into target: any Target<[Network]>
    ) -> Setting {
        // YAML takes no colon at the start of an item, unless it is quoted.
        let items = ConfigurationDraft()[keyPath: target].map { network in
            network.description.first == ":" ? "\"\(network)\"" : network.description
        }
        let standard = items.joined(separator: ", ")
        return list(key, "list of networks", "[\(standard)]", reload, effect, target) {
            text throws(SettingValueError) in
            guard let network = Network(text) else {
                throw SettingValueError(
                    problem: "is not a network",
                    remedy: "write 192.0.2.0/24 or 2001:db8::/32, with zeros behind the prefix, or one address")
            }
            return network
        }
    }

    /// A path is taken as it is, unless it is what the file should hold: `"$(cat keys.json)"` where `keys.json` was
    /// meant.
    static func path(_ text: String, isSecret: Bool) throws(SettingValueError) -> String {
        let text = try nonEmpty(text)
        guard let look = SecretLook(text) else { return text }
        // What only has the look of a key may be a folder that a program has named.
        guard look == .key, QuotedValue.looksLikePath(text) || !isSecret else {
            throw SettingValueError(
                problem: "is no path, but what belongs into a file",
                remedy: "write it to a file that only the gateway's user can read, and give the file's path")
        }
        return text
    }
}

extension Setting {
    /// A row of one value. Its default is what a configuration is made with.
    static func scalar<Value: Equatable & Sendable>(
        _ key: String, _ type: String, _ range: String?, _ reload: Reload, _ effect: String,
        _ target: any Target<Value>, isRequired: Bool = false, isSwitch: Bool = false, isSecret: Bool = false,
        write: (Value) -> String?, _ parse: @escaping Parse<Value>
    ) -> Setting {
        Setting(
            key: key, type: type, range: range, defaultText: write(ConfigurationDraft()[keyPath: target]),
            isRequired: isRequired, isList: false, isSwitch: isSwitch, isSecret: isSecret, reload: reload,
            effect: effect,
            store: { texts, draft throws(SettingError) in
                // A flag's value comes split at its commas; only a list means them.
                draft[keyPath: target] = try value(of: texts.joined(separator: ","), parse)
            }, isSame: { $0[keyPath: target] == $1[keyPath: target] },
            copy: { $1[keyPath: target] = $0[keyPath: target] })
    }

    static func list<Value: Equatable & Sendable>(
        _ key: String, _ type: String, _ defaultText: String?, _ reload: Reload, _ effect: String,
        _ target: any Target<[Value]>, isRequired: Bool = false, isSecret: Bool = false,
        _ parse: @escaping Parse<Value>
    ) -> Setting {
        Setting(
            key: key, type: type, range: nil, defaultText: defaultText, isRequired: isRequired, isList: true,
            isSwitch: false, isSecret: isSecret, reload: reload, effect: effect,
            store: { texts, draft throws(SettingError) in
                var values: [Value] = []
                for text in texts { values.append(try value(of: text, parse)) }
                draft[keyPath: target] = values
            }, isSame: { $0[keyPath: target] == $1[keyPath: target] },
            copy: { $1[keyPath: target] = $0[keyPath: target] })
    }

    private static func value<Value>(of text: String, _ parse: Parse<Value>) throws(SettingError) -> Value {
        do throws(SettingValueError) {
            return try parse(text)
        } catch {
            throw SettingError(text: text, reason: error)
        }
    }
}
