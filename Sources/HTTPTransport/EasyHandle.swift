import CCurl
import FoundationEssentials

/// One of libcurl's easy handles, used again for transfer after transfer, and what is known of the one it carries.
///
/// Lives on the loop's thread only.
///
/// `@safe`: handle, error buffer and header list live exactly as long as this object, and nobody else frees them.
@safe
final class EasyHandle {
    /// What libcurl decodes.
    static let encodings = "gzip, deflate"

    /// libcurl's handle.
    let curl: UnsafeMutableRawPointer
    /// Its place in the loop's table.
    let slot: Int
    var transfer: Transfer?
    /// The endpoint that the handle is set up for.
    var endpoint: HTTPEndpoint?
    /// The connect timeout that the handle is set up with, in milliseconds.
    var connectTimeout = 0
    /// The deadline that the loop knows of.
    var scheduled = TransferTimer.never
    var timer = TransferTimer(HTTPTimeouts(), start: 0)
    /// Its place in the loop's list of what is to be handed over, while it is there.
    var handover: Int?
    /// Why a callback ended the transfer.
    var failure: HTTPError?
    var head = ResponseHead()
    var collected = Data()
    var bodyBytes = 0
    /// The headers of this transfer alone, if it has any.
    var headers: HeaderList?
    let message: UnsafeMutablePointer<CChar>
    unowned let loop: CurlLoop

    /// Nil when libcurl has no memory.
    init?(slot: Int, loop: CurlLoop, options: HTTPClientOptions) {
        guard let curl = unsafe curl_easy_init() else { return nil }
        unsafe self.curl = curl
        self.slot = slot
        self.loop = loop
        // SAFETY: libcurl's size for the error buffer; freed in `deinit`, after the handle.
        unsafe message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setConstants(options)
    }

    /// Forgets all that was before; connections are not the handle's.
    ///
    /// libcurl (7.72 and later) counts how often a handle found its kept connection closed and sent again on a new one,
    /// counts on from transfer to transfer, and the sixth time does not send again. So a transfer that made a connection
    /// is the last that is counted.
    func renew() {
        unsafe curl_easy_reset(curl)
        endpoint = nil
        connectTimeout = 0
        setConstants(loop.options)
    }

    deinit {
        unsafe curl_easy_cleanup(curl)
        unsafe message.deallocate()
    }

    func set(_ option: CURLoption, _ value: Int) { unsafe shim_easy_set_long(curl, option, value) }

    /// Copied by libcurl; nil takes the option back.
    func set(_ option: CURLoption, _ value: String?) { unsafe shim_easy_set_string(curl, option, value) }

    /// What holds for every transfer.
    private func setConstants(_ options: HTTPClientOptions) {
        set(CURLOPT_NOSIGNAL, 1)
        // Held by every transfer in flight, of which there may be thousands.
        set(CURLOPT_BUFFERSIZE, 1024)
        set(CURLOPT_UPLOAD_BUFFERSIZE, 16384)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_TCP_NODELAY, 1)
        // A cancelled look-up of a name goes on in its thread without holding up the loop.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_ACCEPT_ENCODING, Self.encodings)
        if !options.hasProxy { set(CURLOPT_NOPROXY, "*") }
        if let caFile = options.caFile { set(CURLOPT_CAINFO, caFile) }
        // SAFETY: the buffer and this object outlive the handle, which `deinit` cleans up first; callbacks come on
        // the loop's thread, the only one that uses this object.
        unsafe shim_easy_set_pointer(curl, CURLOPT_ERRORBUFFER, message)
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe shim_easy_set_pointer(curl, CURLOPT_PRIVATE, context)
        unsafe shim_easy_set_pointer(curl, CURLOPT_WRITEDATA, context)
        unsafe shim_easy_set_pointer(curl, CURLOPT_HEADERDATA, context)
        unsafe shim_easy_set_data_callback(curl, CURLOPT_WRITEFUNCTION, receiveBody)
        unsafe shim_easy_set_data_callback(curl, CURLOPT_HEADERFUNCTION, receiveHeader)
        let poll = unsafe Unmanaged.passUnretained(loop).toOpaque()
        unsafe shim_easy_set_pointer(curl, CURLOPT_OPENSOCKETDATA, poll)
        unsafe shim_easy_set_pointer(curl, CURLOPT_CLOSESOCKETDATA, poll)
        unsafe shim_easy_set_open_callback(curl, openSocket)
        unsafe shim_easy_set_close_callback(curl, closeSocket)
    }
}
