import Foundation
import Testing

@Suite("A child process of the tests")
struct ChildTests {
    @Test("is ended by the kernel should the tests be killed")
    func tied() async throws {
        let child = try Child(["--dump"], program: URL(filePath: "/usr/bin/setpriv"))
        defer { child.signal(SIGKILL) }
        let seen = try await child.ended()
        #expect(seen.exit == 0)
        #expect(seen.out.contains("Parent death signal: KILL"), "\(seen.out)\(seen.err)")
    }
}
