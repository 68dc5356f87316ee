import Foundation
import TestSupport
import Testing

/// `deploy/alerts.yml`, as it is shipped.
@Suite struct AlertTests {
    private static let promtool = "/usr/bin/promtool"

    @Test(
        "Prometheus takes the rules, and each fires where it should",
        .enabled(if: FileManager.default.isExecutableFile(atPath: promtool), "needs promtool"),
        arguments: [["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]])
    func rules(arguments: [String]) async throws {
        let file = Documentation.root.appending(path: "deploy/\(arguments[2])").path
        try await TestProcess.run([Self.promtool] + arguments.dropLast() + [file])
    }

    @Test func everyAlertIsTestedBothWays() throws {
        let rules = try Documentation.file("deploy/alerts.yml")
        let tests = try Documentation.file("deploy/alerts.test.yml")
        let alerts = rules.matches(of: /- alert: ([A-Za-z]+)/).map { String($0.1) }
        #expect(alerts.count >= 8)
        for alert in alerts {
            #expect(tests.contains("alertname: \(alert), exp_alerts: []"), "\(alert) is not shown to be silent")
            let firing = try Regex("alertname=\"\(alert)\",.*exp_samples: \\[\\{value: 1")
            #expect(tests.contains(firing), "\(alert) is not shown to fire")
        }
    }

    @Test func theirMetricsAreDocumented() throws {
        let documented = try Documentation(article: "Operators/Metrics").text
        for rules in ["deploy/alerts.yml", "deploy/alerts.test.yml"] {
            let metrics = try Set(Documentation.file(rules).matches(of: /rosey_llm_[a-z_]+/).map { String($0.0) })
            #expect(metrics.count >= 8)
            for metric in metrics { #expect(documented.contains("`\(metric)`"), "\(metric)") }
        }
    }
}
