/// Who we are to the server. Prints without secrets.
package enum NATSAuthentication: Sendable, CustomStringConvertible, CustomReflectable {
    /// As the URLs say, or nobody.
    case none
    case userPassword(user: String, password: String)
    case token(String)
    /// A file with a user JWT and its seed, as `nsc` writes it. Read anew at every connect.
    case credentialsFile(String)
    /// A file with a user's nkey seed (`SU…`), and that user's public key (`U…`). The file is read anew at every connect.
    case nkeySeedFile(path: String, publicKey: String)

    /// The kind alone.
    package var description: String {
        switch self {
        case .none: "none"
        case .userPassword: "user and password"
        case .token: "token"
        case .credentialsFile: "credentials file"
        case .nkeySeedFile: "nkey seed file"
        }
    }

    /// Empty: reflection finds no secret.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
