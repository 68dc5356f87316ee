// usage: fuzz [COUNT [SEED [trace]]]
// Puts COUNT random inputs through the readers of streams and of JSON. With `trace` the seed of each goes to standard error
// before it is run, so that the last one is the one that crashed.
import Glibc

let arguments = CommandLine.arguments.dropFirst()
guard let count = Int(arguments.first ?? "1000000"), count > 0,
    let seed = arguments.dropFirst().first.map({ UInt64($0) }) ?? UInt64.random(in: 0..<1 << 48)
else {
    print("usage: fuzz [COUNT [SEED [trace]]]")
    exit(64)
}
let traces = arguments.dropFirst(2).first == "trace"
print("\(count) inputs, seed \(seed)")
let start = ContinuousClock.now
let failure = Checks.run(count, seed: seed) { seed in
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
print("all good: \(Int(seconds)) s, \(Int(Double(count) / seconds)) inputs/s")
