import CCurl

extension HTTPError {
    /// What libcurl's result means here.
    ///
    /// - Parameters:
    ///   - curl: A result other than `CURLE_OK`.
    ///   - detail: libcurl's own words.
    ///   - headIsComplete: Whether the whole head of the answer had come.
    ///   - afterFirstByte: Whether a part of the body had come.
    init(curl: CURLcode, detail: String, headIsComplete: Bool, afterFirstByte: Bool) {
        let code: Code =
            switch curl {
            case CURLE_COULDNT_RESOLVE_HOST: .nameNotFound
            case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY, CURLE_INTERFACE_FAILED: .cannotConnect
            case CURLE_OPERATION_TIMEDOUT: .connectTimeout  // the only timeout that is libcurl's here
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
                CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CLIENTCERT:
                .tls
            case CURLE_URL_MALFORMAT: .badRequest
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING,
                CURLE_WRITE_ERROR:
                .badResponse
            // A header line without an end runs into libcurl's own bound for one line, which it calls by this name.
            case CURLE_OUT_OF_MEMORY where !headIsComplete: .tooLarge
            case CURLE_FILESIZE_EXCEEDED: .tooLarge
            default: .connectionLost
            }
        self.init(code, detail: detail, afterFirstByte: afterFirstByte)
    }
}
