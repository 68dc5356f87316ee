import CCurl
import Concurrency
import FoundationEssentials
import Glibc

// The way of one transfer through a handle: begin, header lines, body, end.
extension EasyHandle {
    /// Sets what is this transfer's own.
    func begin(_ transfer: Transfer, at now: UInt64) {
        let request = transfer.request
        self.transfer = transfer
        timer = TransferTimer(request.timeouts, start: now, firstByteIsContent: transfer.firstByteIsContent)
        failure = nil
        head = ResponseHead()
        bodyBytes = 0
        let hadHeaders = headers != nil
        if endpoint !== transfer.endpoint {
            setUp(transfer.endpoint)
        } else if hadHeaders, transfer.headers.isEmpty {
            unsafe shim_easy_set_list(curl, CURLOPT_HTTPHEADER, transfer.endpoint.headers.first)
        }
        if !transfer.headers.isEmpty {
            // SAFETY: the handle holds the endpoint, whose list goes on where this one ends, as long as it has this one.
            let list = unsafe HeaderList(transfer.headers, next: transfer.endpoint.headers.first)
            unsafe shim_easy_set_list(curl, CURLOPT_HTTPHEADER, list.first)
            headers = consume list
        } else {
            headers = nil
        }
        let timeout = Int(request.timeouts.connect?.timeoutMilliseconds ?? .max)
        if timeout != connectTimeout {
            connectTimeout = timeout
            set(CURLOPT_CONNECTTIMEOUT_MS, timeout)
        }
        guard transfer.endpoint.method == .post else { return }
        // SAFETY: an array's bytes do not move while somebody holds the array, and `transfer` does until `finish`.
        unsafe request.body.withUnsafeBytes { body in
            unsafe shim_easy_set_large(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            // A null pointer would mean "ask the read callback".
            unsafe shim_easy_set_pointer(
                curl, CURLOPT_POSTFIELDS,
                UnsafeMutableRawPointer(mutating: body.baseAddress) ?? UnsafeMutableRawPointer(message))
        }
    }

    /// Sets what is the same for all transfers of an endpoint.
    private func setUp(_ endpoint: HTTPEndpoint) {
        self.endpoint = endpoint
        set(CURLOPT_URL, endpoint.url)
        // SAFETY: the handle holds the endpoint until it is set up for another, or has forgotten all.
        unsafe shim_easy_set_url(curl, endpoint.parsedURL.handle)
        // HTTP/2 is agreed upon in the TLS handshake; a burst waits for that instead of opening a connection each.
        set(CURLOPT_HTTP_VERSION, endpoint.isSecure ? Int(CURL_HTTP_VERSION_2TLS) : Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_PIPEWAIT, endpoint.isSecure ? 1 : 0)
        // A request to this machine goes to this machine, whatever the environment says; the rest is as it says.
        if loop.options.hasProxy { set(CURLOPT_NOPROXY, endpoint.isLoopback ? "*" : nil) }
        // SAFETY: the handle holds the endpoint until it is set up for another, or has forgotten all.
        unsafe shim_easy_set_list(curl, CURLOPT_HTTPHEADER, endpoint.headers.first)
        // A post is one by the body that is set for each transfer.
        if endpoint.method == .get { set(CURLOPT_HTTPGET, 1) }
    }

    /// Takes the transfer out, with what became of it. Call after the handle has left the multi handle.
    func finish(_ code: CURLcode) -> (transfer: Transfer, result: Result<RawAnswer, HTTPError>)? {
        guard let transfer else { return nil }
        let result: Result<RawAnswer, HTTPError>
        if let failure {
            result = .failure(failure)
        } else if code == CURLE_OK, head.isComplete {
            result = .success(RawAnswer(status: head.status, headerLines: head.lines, body: collected))
        } else {
            result = .failure(
                HTTPError(
                    curl: code, detail: words(for: code), headIsComplete: head.isComplete,
                    afterFirstByte: bodyBytes > 0))
        }
        self.transfer = nil
        head = ResponseHead()
        collected = Data()
        if unsafe shim_easy_connects(curl) > 0 {
            renew()
            headers = nil
        } else if transfer.endpoint.method == .post {
            unsafe shim_easy_set_pointer(curl, CURLOPT_POSTFIELDS, nil)
        }
        return (transfer, result)
    }

    /// Ends the transfer for a reason of ours.
    func fail(_ code: HTTPError.Code, _ detail: String = "") {
        if failure == nil { failure = HTTPError(code, detail: detail, afterFirstByte: bodyBytes > 0) }
    }

    /// A line of a head. False: end the transfer.
    func received(headerLine line: Span<UInt8>) -> Bool {
        switch head.append(line) {
        case .more: return true
        case .complete:
            if transfer?.isStreamed == true {
                loop.hasNews(self, head: RawAnswer(status: head.status, headerLines: head.lines, body: Data()))
            }
            return true
        case .tooLarge:
            fail(.tooLarge, "more than \(ResponseHead.limit) bytes of headers")
            return false
        case .malformed:
            fail(.badResponse, "a status line without a status")
            return false
        }
    }

    /// A piece of the body. Returns what libcurl's callback is to return.
    func received(body bytes: UnsafeRawBufferPointer) -> Int {
        guard let transfer else { return 0 }
        let limit = transfer.request.maxResponseBytes
        guard bytes.count <= limit - bodyBytes else {
            fail(.tooLarge, "more than \(limit) bytes of body")
            return 0
        }
        if transfer.isStreamed {
            // SAFETY: libcurl's bytes live for this call, in which they are copied.
            switch unsafe transfer.body.offer(bytes.bindMemory(to: UInt8.self).span) {
            case .stored: loop.hasNews(self)
            case .closed:
                fail(.cancelled)
                return 0
            case .full:
                timer.pause(at: loop.now)
                return Int(CURL_WRITEFUNC_PAUSE)
            }
        } else if collected.isEmpty {
            collected = unsafe Data(bytes)
        } else {
            unsafe collected.append(contentsOf: bytes)
        }
        bodyBytes += bytes.count
        timer.received(at: loop.now)
        loop.reschedule(self)
        return bytes.count
    }

    /// Goes on after a pause. What comes of it is libcurl's result, or that of a callback.
    func resume(at now: UInt64) -> CURLcode {
        timer.resume(at: now)
        let code = unsafe curl_easy_pause(curl, CURLPAUSE_CONT)
        // Said of a handle that has no connection: then nothing of it is paused.
        return code == CURLE_BAD_FUNCTION_ARGUMENT ? CURLE_OK : code
    }

    private func words(for code: CURLcode) -> String {
        // SAFETY: libcurl ends the text in the error buffer with a zero, and `curl_easy_strerror` is a constant.
        let own = unsafe String(cString: message)
        let words = own.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : own
        let reason = unsafe Int32(shim_easy_os_error(curl))
        guard code == CURLE_COULDNT_CONNECT, reason != 0 else { return words }
        // libcurl's own words do not tell a refusal from a network without a way.
        let system = unsafe String(cString: strerror(reason))
        return "\(words) (\(system))"
    }
}
