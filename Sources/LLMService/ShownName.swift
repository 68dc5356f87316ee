extension String {
    /// A name from outside, fit to be quoted in a sentence: bounded, without control and formatting characters.
    package var shown: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.prefix(64).filter {
                    ![.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
                }))
    }
}
