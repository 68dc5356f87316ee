/// Values of labels that come from outside.
package enum MetricLabel {
    /// The value for all that have none of their own.
    package static let other = "other"
    /// The most bytes of a value.
    private static let maxBytes = 128

    /// A name from outside as a label's value; one that is far too long is one of the others.
    package static func value(_ name: String) -> String { name.utf8.count <= maxBytes ? name : other }
}
