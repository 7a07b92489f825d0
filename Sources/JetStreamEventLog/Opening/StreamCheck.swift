// What the two streams have to be, and what one that is there has otherwise. A value.

internal import EventLog

/// A setting of a stream that is not as the log needs it.
package struct StreamDifference: Sendable, Equatable, CustomStringConvertible {
    package let stream: String
    /// In the server's words.
    package let setting: String
    package let wanted: String
    package let found: String
    /// How to make them the same.
    package let advice: String
    /// Whether an event that the servers acknowledge is less safe by it, or is not what was published: one that is
    /// found while a gateway runs ends publishing. Of any other the log keeps its promise, or says so by itself.
    package var breaksPromise = false

    package var description: String { "\(stream): \(setting) is \(found), and should be \(wanted): \(advice)" }
}

extension JetStreamSettings {
    var subjects: LogSubjects { LogSubjects(stream: stream) }

    /// The stream with the events.
    var eventsConfig: StreamConfig {
        var config = StreamConfig(name: subjects.stream, subjects: [subjects.allEvents], replicas: Int64(replicas))
        config.maxBytes = Int64(limits.bytes)
        config.maxMessages = Int64(limits.events)
        config.maxMessageBytes = Int64(eventBytes + EventMessage.lineBytes)
        config.maxAge = Self.nanoseconds(limits.seconds)
        // The server takes no window that is longer than the messages' age: what is known of a key is its messages.
        config.duplicateWindow = Self.nanoseconds(min(limits.keySeconds, limits.seconds))
        config.allowsDirect = true
        config.deniesDelete = true
        return config
    }

    /// The stream with what holds until it is taken back: the newest message of each subject, however old.
    var stateConfig: StreamConfig {
        var config = StreamConfig(
            name: subjects.stateStream, subjects: [subjects.allState], replicas: Int64(replicas))
        config.maxMessagesPerSubject = 1
        config.duplicateWindow = Self.nanoseconds(120)
        config.allowsDirect = true
        config.deniesDelete = true
        return config
    }

    /// Both.
    var configs: [StreamConfig] { [eventsConfig, stateConfig] }

    private static func nanoseconds(_ seconds: Int64) -> Int64 {
        let (nanoseconds, isTooLong) = max(1, seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return isTooLong ? .max : nanoseconds
    }
}

extension StreamConfig {
    /// What of a stream that is there is not as this one.
    func differences(from found: StreamConfig) -> [StreamDifference] {
        let edit = "change it with `nats stream edit \(name)`"
        let remake = "it can't be changed: give log.jetstream.stream another name, or remove the stream and all in it"
        var differences: [StreamDifference] = []
        func hold<Value: Equatable>(
            _ setting: String, _ wanted: Value, _ found: Value, _ advice: String, breaksPromise: Bool = false
        ) {
            guard wanted != found else { return }
            differences.append(
                StreamDifference(
                    stream: name, setting: setting, wanted: "\(wanted)", found: "\(found)", advice: advice,
                    breaksPromise: breaksPromise))
        }
        hold("subjects", subjects.sorted(), found.subjects.sorted(), edit, breaksPromise: true)
        hold("storage", storage, found.storage, remake, breaksPromise: true)
        hold("retention", retention, found.retention, remake, breaksPromise: true)
        hold("discard", discard, found.discard, edit)
        hold(
            "num_replicas", replicas, found.replicas, edit + ", or log.jetstream.replicas",
            breaksPromise: found.replicas < replicas)
        hold("max_bytes", maxBytes, found.maxBytes, edit + ", or log.retention.bytes")
        hold("max_msgs", maxMessages, found.maxMessages, edit + ", or log.retention.events")
        hold("max_age", maxAge, found.maxAge, edit + ", or log.retention.age")
        hold("max_msgs_per_subject", maxMessagesPerSubject, found.maxMessagesPerSubject, edit)
        hold("duplicate_window", duplicateWindow, found.duplicateWindow, edit + ", or publish.key_lifetime")
        hold("allow_direct", allowsDirect, found.allowsDirect, edit)
        hold("deny_delete", deniesDelete, found.deniesDelete, remake)
        hold("deny_purge", deniesPurge, found.deniesPurge, remake)
        hold("sealed", isSealed, found.isSealed, remake)
        hold("no_ack", hasNoAcks, found.hasNoAcks, edit, breaksPromise: true)
        hold("mirror or sources", isFed, found.isFed, remake, breaksPromise: true)
        hold("persist_mode", persistence, found.persistence, remake, breaksPromise: true)
        // Events would stand where no audience is looked for.
        hold("subject_transform", hasTransform, found.hasTransform, edit, breaksPromise: true)
        hold("allow_msg_counter", isCounter, found.isCounter, remake, breaksPromise: true)
        // Whoever listens there would read every user's events.
        hold("republish", isRepublished, found.isRepublished, edit, breaksPromise: true)
        // Each gateway has one, and makes the next before the last is gone.
        hold("max_consumers", maxConsumers, max(found.maxConsumers, -1), remake)
        hold("consumer_limits.max_ack_pending", 0, max(found.consumerPending, 0), edit)
        // A gateway's outlives its reader for some seconds: the server takes none that stays longer than this.
        if (1..<StreamTail.inactivity).contains(found.consumerSilence) {
            hold("consumer_limits.inactive_threshold", 0, found.consumerSilence, edit)
        }
        // A larger one refuses nothing that this one takes.
        if found.maxMessageBytes >= 0, maxMessageBytes < 0 || found.maxMessageBytes < maxMessageBytes {
            hold("max_msg_size", maxMessageBytes, found.maxMessageBytes, edit + ", or limits.event")
        }
        return differences
    }
}
