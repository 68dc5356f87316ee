package import Foundation

/// A file system of a few megabytes, in memory.
package struct SmallDisk: Sendable {
    /// Where it is.
    package let directory: URL

    /// Whether this process may have one: it takes root.
    package static func isPossible() async -> Bool {
        (try? await withSmallDisk(bytes: 1 << 20) { _ in }) != nil
    }

    /// Makes it larger.
    package func grow(bytes: Int) async throws {
        try await TestProcess.run(["mount", "-o", "remount,size=\(bytes)", directory.path])
    }
}

/// Runs the body with a small disk, which is gone afterwards.
package func withSmallDisk<Value>(bytes: Int, _ body: (SmallDisk) async throws -> Value) async throws -> Value {
    try await withTemporaryDirectory { directory in
        try await TestProcess.run(["mount", "-t", "tmpfs", "-o", "size=\(bytes)", "tmpfs", directory.path])
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(SmallDisk(directory: directory)))
        } catch {
            result = .failure(error)
        }
        try await TestProcess.run(["umount", "-l", directory.path])
        return try result.get()
    }
}
