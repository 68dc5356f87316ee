import JSON
import LLMService
import LanguageModels

extension RequestMessage {
    /// `images: ["data:image/png;base64,…", …]`. No fault shows a picture: it is long, and somebody's own.
    static func images(_ reader: inout MessageReader, _ limits: Limits) throws(LLMError) -> [ImageInput] {
        if reader.fields.value("images") == nil { return [] }
        if let error = reader.error { throw error }
        return try images(&reader.fields, limits)
    }

    /// The pictures of a request, or of one of its messages.
    static func images(_ fields: inout FieldReader, _ limits: Limits) throws(LLMError) -> [ImageInput] {
        guard let value = fields.value("images") else { return [] }
        guard case .array(let items) = value else {
            fields.fault("images", expected: "a list of strings", got: value, withheld: true)
            return []
        }
        if items.count > limits.images {
            throw LLMError(
                .tooLarge, "\(fields.path)images: expected at most \(limits.images) pictures, got \(items.count)")
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
                throw LLMError(
                    .tooLarge,
                    "\(fields.path)images[\(index)]: expected at most \(limits.imageBytes) bytes, got \(image.byteCount)"
                )
            }
            images.append(image)
        }
        return images
    }
}
