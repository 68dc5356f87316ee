// Races on purpose: deploy/check wants ThreadSanitizer to say so.
import Dispatch

final class Box: @unchecked Sendable { var count = 0 }
let box = Box()
DispatchQueue.concurrentPerform(iterations: 8) { _ in for _ in 0..<100_000 { box.count += 1 } }
print(box.count)
