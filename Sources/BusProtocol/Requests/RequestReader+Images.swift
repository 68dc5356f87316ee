import JSON
import LLMService
import LanguageModels

extension RequestReader {
    /// `images: ["data:image/png;base64,…", …]`. No fault shows a picture: it is long, and somebody's own.
    mutating func images(_ limits: RequestLimits) throws(LLMError) -> [ImageInput] {
        if fields.value("images") == nil { return [] }
        if let error { throw error }
        return try Self.images(&fields, limits)
    }

    /// The pictures of a request, or of one of its messages.
    static func images(_ fields: inout FieldReader, _ limits: RequestLimits) throws(LLMError) -> [ImageInput] {
        guard let value = fields.value("images") else { return [] }
        guard case .array(let items) = value else {
            fields.fault("images", expected: "a list of strings", got: value, withheld: true)
            return []
        }
        if items.count > limits.images {
            throw .tooLarge("\(fields.path)images", "pictures", limits.images, got: items.count)
        }
        var images: [ImageInput] = []
        for (index, item) in items.enumerated() {
            guard case .string(let text) = item, let image = ImageInput(text) else {
                fields.fault(
                    "images[\(index)]",
                    expected: "a data URL, base64 of a PNG, JPEG, GIF or WebP picture, or an http(s) URL", got: item,
                    withheld: true)
                continue
            }
            if image.byteCount > limits.imageBytes {
                throw .tooLarge("\(fields.path)images[\(index)]", "bytes", limits.imageBytes, got: image.byteCount)
            }
            images.append(image)
        }
        return images
    }
}
