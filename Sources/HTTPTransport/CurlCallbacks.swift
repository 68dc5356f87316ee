import CCurl
import Glibc

// What libcurl calls, all of it on the loop's thread, from within calls of `CurlLoop`. The contexts are unretained
// references to objects that outlive the handles they were given to.

func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    // SAFETY: the context is the handle's `EasyHandle`, alive while its handle is; the bytes live for this call.
    let easy = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    let buffer = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    let line = unsafe buffer.bindMemory(to: UInt8.self)
    return easy.received(headerLine: unsafe line.span) ? size * count : 0
}

func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    // SAFETY: as above.
    let easy = unsafe Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    return unsafe easy.received(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
}

func openSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context = unsafe context, let address = unsafe address else { return CURL_SOCKET_BAD }
    // SAFETY: the context is the loop, which outlives its handles; the address lives for this call.
    let descriptor = unsafe socket(
        address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.`protocol`)
    if descriptor >= 0 {
        unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue().opened(descriptor)
    }
    return descriptor
}

func closeSocket(_ context: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> Int32 {
    // SAFETY: as above.
    if let context = unsafe context {
        unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue().closing(descriptor)
    }
    return close(descriptor)
}

func watchSocket(
    _ easy: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t, _ what: Int32, _ context: UnsafeMutableRawPointer?,
    _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context = unsafe context else { return 0 }
    // SAFETY: as above.
    unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue().watch(descriptor, what)
    return 0
}

func setTimerCallback(_ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?)
    -> Int32
{
    guard let context = unsafe context else { return 0 }
    // SAFETY: as above.
    unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds)
    return 0
}
