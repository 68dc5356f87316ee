import LanguageModels
import Testing

@Suite("A picture in a prompt")
struct ImageInputTests {
    /// "RIFF", a size, "WEBP" and "VP8 "; and the same with "WAVE".
    private static let webp = "UklGRiQAAABXRUJQVlA4"
    private static let wave = "UklGRiQAAABXQVZFZm10"

    @Test(
        "is told by its first bytes",
        arguments: [
            ("iVBORw0KGgo=", "image/png", 8), ("/9j/4A==", "image/jpeg", 4), ("R0lGODlhAAAA", "image/gif", 9),
            ("R0lGODdh", "image/gif", 6), (webp, "image/webp", 15),
            ("data:image/jpeg;base64,iVBORw0KGgo=", "image/png", 8),
            ("data:;base64,/9j/", "image/jpeg", 3),
        ])
    func data(text: String, type: String, size: Int) throws {
        let image = try #require(ImageInput(text))
        guard case .data(let found, let base64) = image else {
            Issue.record("no data")
            return
        }
        #expect(found == type && text.hasSuffix(base64) && !base64.contains(","))
        #expect(image.byteCount == size)
    }

    @Test("may be elsewhere", arguments: ["https://example.org/a.png", "http://localhost/a?b#c"])
    func address(text: String) {
        #expect(ImageInput(text) == .url(text))
        #expect(ImageInput(text)?.byteCount == 0)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "data:", "data:,x", "data:image/png,iVBORw0KGgo=", "data:image/png;base64,", "file:///etc/passwd",
            "iVBORw0KGgo", "iVBORw0KGg==x===", "iVBO=w0KGgo=", "iVBORw0K\nGgo=", "AAAA", wave, "UklG", "UklGRiQA",
            "https://example.org/a b", "https://example.org/é", "https://x/" + String(repeating: "x", count: 9000),
            "PHN2Zz48L3N2Zz4=",
        ])
    func refused(text: String) { #expect(ImageInput(text) == nil) }
}
