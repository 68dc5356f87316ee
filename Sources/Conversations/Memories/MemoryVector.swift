/// The vector that an embedding model gives to a text, stored with one byte for each dimension.
///
/// Vectors are only compared by the angle between them. The angle does not depend on lengths, so the scale by which the
/// numbers were made bytes is not kept.
public struct MemoryVector: Sendable, Equatable {
    /// The largest number of dimensions.
    public static let maxDimensions = 4096

    /// The model, as it is configured. Vectors of different models cannot be compared.
    public let model: String
    /// From -127 to 127; not all of them 0.
    public let values: [Int8]

    /// Creates a vector; nil if there are no numbers, too many, or only zeros.
    public init?(_ numbers: [Double], model: String) {
        let largest = numbers.reduce(0) { max($0, abs($1)) }
        guard largest > 0, numbers.count <= Self.maxDimensions, numbers.allSatisfy(\.isFinite) else { return nil }
        // Divided first: the largest may be so small that 127 times its inverse is infinite.
        self.init(values: numbers.map { Int8(($0 / largest * 127).rounded()) }, model: model)
    }

    /// What was made before; nil where it is no vector.
    package init?(values: [Int8], model: String) {
        guard values.contains(where: { $0 != 0 }), values.count <= Self.maxDimensions, model.utf8.count <= 256 else {
            return nil
        }
        self.values = values
        self.model = model
    }

    /// Returns the cosine of the angle between both, -1 to 1; nil if they are of different models.
    public func similarity(to other: MemoryVector) -> Double? {
        guard model == other.model, values.count == other.values.count else { return nil }
        var (product, square, otherSquare) = (0, 0, 0)
        for (value, other) in zip(values, other.values) {
            product += Int(value) * Int(other)
            square += Int(value) * Int(value)
            otherSquare += Int(other) * Int(other)
        }
        return Double(product) / (Double(square).squareRoot() * Double(otherSquare).squareRoot())
    }
}
