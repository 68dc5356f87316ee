import Concurrency
import JSON

/// The instances of the service on the same bus, as one of them knows it.
package struct InstancesStatus: Sendable, Equatable {
    /// One of them.
    package struct Instance: Sendable, Equatable {
        /// Its name.
        package var name: String
        /// How many of the partitions of channels it owns; nil where that is not known.
        package var partitions: Int?
        /// Whether it hears the messages for all.
        package var isIntake: Bool

        /// Creates what is known of one.
        package init(name: String, partitions: Int?, isIntake: Bool) {
            (self.name, self.partitions, self.isIntake) = (name, partitions, isIntake)
        }
    }

    /// The one that has been there longest first.
    package var instances: [Instance]
    /// How many messages this instance has handed to others.
    package var handedOver: Int
    /// How much longer a message takes that is handed over, by the time that a question to the intake takes; nil where none
    /// was asked.
    package var handoverDelay: Duration?

    /// Creates what one of them knows.
    package init(instances: [Instance], handedOver: Int = 0, handoverDelay: Duration? = nil) {
        (self.instances, self.handedOver, self.handoverDelay) = (instances, handedOver, handoverDelay)
    }

    func write(_ writer: inout JSONWriter) {
        writer.objects("instances", instances) { writer, instance in
            writer.field("instance", instance.name)
            if let partitions = instance.partitions {
                writer.field("partitions", partitions)
            } else {
                writer.null("partitions")
            }
            writer.field("intake", instance.isIntake)
        }
        writer.field("handed_over", handedOver)
        if let handoverDelay {
            writer.field("handover_ms", handoverDelay.seconds * 1000)
        } else {
            writer.null("handover_ms")
        }
    }
}
