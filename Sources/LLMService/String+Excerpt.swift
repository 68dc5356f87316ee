extension String {
    /// Its beginning, for an error that people read: without control and formatting characters. A character may be any
    /// number of scalars long, so the bound is on scalars.
    package var excerpt: String {
        let unfit: [Unicode.GeneralCategory] = [.control, .format, .lineSeparator, .paragraphSeparator]
        let fit = unicodeScalars.prefix(64).filter { !unfit.contains($0.properties.generalCategory) }
        return String(String.UnicodeScalarView(fit))
    }
}
