import Configuration
import NATSClient
import ServiceRuntime

extension NATSOptions {
    /// The connection that the configuration describes.
    init(_ nats: Configuration.NATS, name: String? = nil) {
        self.init(servers: nats.servers, name: name ?? nats.name)
        if let user = nats.user {
            authentication = .userPassword(user: user, password: nats.password?.revealed ?? "")
        } else if let token = nats.token {
            authentication = .token(token.revealed)
        } else if let file = nats.credentialsFile {
            authentication = .credentialsFile(file)
        } else if let file = nats.nkeySeedFile, let key = nats.nkeyPublicKey {
            authentication = .nkeySeedFile(path: file, publicKey: key)
        }
        let files = nats.tls
        if files != Configuration.NATS.TLS() {
            tls = NATSTLS(caFile: files.caFile, certificateFile: files.certificateFile, keyFile: files.keyFile)
        }
    }
}
