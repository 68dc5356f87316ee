// usage: fuzz [COUNT [SEED [trace]]]
//        fuzz schedules [COUNT [SEED]]
//        fuzz schedule KIND SEED
// Puts COUNT random inputs through the readers of streams and of JSON. With `trace` the seed of each goes to standard error
// before it is run, so that the last one is the one that crashed. Or runs COUNT random schedules of instances; or one, and
// tells all that happens.
import Glibc

let usage = "usage: fuzz [COUNT [SEED [trace]]], fuzz schedules [COUNT [SEED]], or fuzz schedule KIND SEED"
var arguments = CommandLine.arguments.dropFirst()
let isOne = arguments.first == "schedule"
let hasSchedules = isOne || arguments.first == "schedules"
if hasSchedules { arguments = arguments.dropFirst() }
guard let count = Int(arguments.first ?? (hasSchedules ? "20000" : "1000000")), count > 0,
    let seed = arguments.dropFirst().first.map({ UInt64($0) }) ?? UInt64.random(in: 0..<1 << 48)
else {
    print(usage)
    exit(64)
}
if isOne {
    do { try ClusterSimulation.run(seed: seed, ClusterSimulation.Chaos(rawValue: count)) { print($0) } } catch {
        print("FAILED: \(error)")
        exit(1)
    }
    exit(0)
}
let traces = arguments.dropFirst(2).first == "trace"
print("\(count) \(hasSchedules ? "schedules" : "inputs"), seed \(seed)")
let start = ContinuousClock.now
let failure =
    hasSchedules
    ? ClusterSimulation.run(count, seed: seed)
    : Checks.run(count, seed: seed) { seed in
        guard traces else { return }
        var line = "\(seed)\n"
        // SAFETY: the bytes are written while the string lends them. Unbuffered: what is told before a crash arrives.
        _ = line.withUTF8 { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
if let failure {
    print("FAILED: \(failure)")
    exit(1)
}
let seconds = (ContinuousClock.now - start) / .seconds(1)
print("all good: \(Int(seconds)) s, \(Int(Double(count) / seconds)) a second")
