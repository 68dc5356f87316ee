/// TLS with files of one's own. The server's certificate is always verified, name included.
package struct NATSTLS: Sendable {
    /// PEM: the authorities to trust. Nil: the system's.
    package var caFile: String?
    /// PEM: our certificate, with `keyFile`, if the server wants one.
    package var certificateFile: String?
    /// PEM: the key of `certificateFile`.
    package var keyFile: String?

    package init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
