package import Foundation

/// A Python that can import these modules: the one that `deploy/test` fills, or the system's; nil where there is none.
///
/// - Parameter modules: as they stand after `import`.
package func foreignPython(with modules: String) -> URL? {
    let candidates = [
        foreignFolder.appending(path: "python"), URL(filePath: "/usr/local/bin/python3"),
        URL(filePath: "/usr/bin/python3"),
    ]
    return candidates.first { url in
        let process = Process()
        process.executableURL = url
        process.arguments = ["-c", "import \(modules)"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

/// Where `deploy/test` installs programs of others.
let foreignFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: ".build/python/bin")
