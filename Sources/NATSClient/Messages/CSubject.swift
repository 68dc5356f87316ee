internal import Glibc

/// A subject as a Swift text and as a C one, so that comparing costs no allocation.
///
/// `@safe` and `@unchecked Sendable`: the C text is made in init, never written again, and freed in deinit.
@safe final class CSubject: @unchecked Sendable {
    let string: String
    private let bytes: UnsafeMutablePointer<CChar>?

    init(_ string: String) {
        self.string = string
        // A copy on the C heap, freed in deinit; nil (out of memory) only costs the comparison.
        unsafe bytes = unsafe string.withCString { unsafe strdup($0) }
    }

    deinit { unsafe free(bytes) }

    /// The text of a C string: our own if it is the same.
    func string(for other: UnsafePointer<CChar>?) -> String {
        // Both are texts with a zero at their end that live during the call.
        guard let other = unsafe other else { return "" }
        if let bytes = unsafe bytes, unsafe strcmp(bytes, other) == 0 { return string }
        return unsafe String(cString: other)
    }
}
