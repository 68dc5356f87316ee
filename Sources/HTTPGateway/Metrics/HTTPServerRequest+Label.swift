import HTTPServing
import ServiceRuntime

extension HTTPServerRequest {
    /// Its method as a label's value.
    var methodLabel: String {
        ["GET", "HEAD", "POST", "DELETE", "OPTIONS"].contains(method) ? method : MetricLabel.other
    }
}
