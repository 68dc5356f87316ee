import CMicroHTTPD
import FoundationEssentials
import Glibc

// What libmicrohttpd calls, all of it on the server's thread, from within calls of `DaemonLoop`. The daemon's context is
// an unretained reference to the loop, which outlives the daemon; a request's is a `TargetMark` until its head is there,
// then a retained `ServedRequest`, released when it is completed.

func markTarget(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let target = unsafe target else { return nil }
    return unsafe TargetMark(of: target).word
}

func handleAccess(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ path: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
    _ uploadSize: UnsafeMutablePointer<Int>?, _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context = unsafe context, let connection = unsafe connection, let path = unsafe path,
        let method = unsafe method, let version = unsafe version, let uploadSize = unsafe uploadSize,
        let requestContext = unsafe requestContext
    else { return .NO }
    // SAFETY: see the top of this file.
    let loop = unsafe Unmanaged<DaemonLoop>.fromOpaque(context).takeUnretainedValue()
    guard let known = unsafe requestContext.pointee else { return .NO }
    if unsafe TargetMark(known).isMark {
        unsafe requestContext.pointee = nil
        let head = unsafe RequestHead(connection, method: method, path: path, version: version, mark: known)
        guard let request = loop.begin(head) else { return .NO }
        unsafe requestContext.pointee = Unmanaged.passRetained(request).toOpaque()
        return loop.admit(request)
    }
    let request = unsafe Unmanaged<ServedRequest>.fromOpaque(known).takeUnretainedValue()
    let size = unsafe uploadSize.pointee
    guard size == 0 else {
        unsafe uploadSize.pointee = 0
        return unsafe request.receive(UnsafeRawBufferPointer(start: upload, count: size)) ? .YES : .NO
    }
    return loop.proceed(request)
}

func requestCompleted(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ requestContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_RequestTerminationCode
) {
    guard let context = unsafe context, let known = unsafe requestContext?.pointee else { return }
    // Its head never came to its end.
    if unsafe TargetMark(known).isMark { return }
    // SAFETY: see the top of this file; this is the one place that releases the request.
    let request = unsafe Unmanaged<ServedRequest>.fromOpaque(known).takeRetainedValue()
    unsafe requestContext?.pointee = nil
    unsafe Unmanaged<DaemonLoop>.fromOpaque(context).takeUnretainedValue().end(request)
}

func connectionChanged(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ connectionContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ change: MHD_ConnectionNotificationCode
) {
    guard let context = unsafe context, let connection = unsafe connection else { return }
    // SAFETY: see the top of this file.
    let loop = unsafe Unmanaged<DaemonLoop>.fromOpaque(context).takeUnretainedValue()
    let socket = unsafe shim_connection_socket(connection)
    if change == .CONNECTION_NOTIFY_STARTED { loop.opened(socket) } else { loop.closed(socket) }
}

func readBody(
    _ context: UnsafeMutableRawPointer?, _ position: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
    guard let context = unsafe context else { return -2 }
    // SAFETY: the response, whose context this is, holds the request until `freeBody`.
    let request = unsafe Unmanaged<ServedRequest>.fromOpaque(context).takeUnretainedValue()
    return unsafe request.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
}

func freeBody(_ context: UnsafeMutableRawPointer?) {
    // SAFETY: retained when the response was made.
    if let context = unsafe context { unsafe Unmanaged<ServedRequest>.fromOpaque(context).release() }
}

func collectField(
    _ context: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int,
    _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
    guard let context = unsafe context else { return .NO }
    // SAFETY: the context is a list that lives for the iteration; the sizes are the strings' own.
    let list = unsafe Unmanaged<FieldList>.fromOpaque(context).takeUnretainedValue()
    let name = unsafe String(decoding: UnsafeRawBufferPointer(start: name, count: nameSize), as: UTF8.self)
    let value = unsafe String(decoding: UnsafeRawBufferPointer(start: value, count: valueSize), as: UTF8.self)
    list.fields.append((name, value))
    return .YES
}

func collectHeader(
    _ context: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int,
    _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
    guard let context = unsafe context else { return .NO }
    // SAFETY: the context is a reader that lives for the iteration; the sizes are the strings' own.
    unsafe Unmanaged<HeadReader>.fromOpaque(context).takeUnretainedValue().take(
        UnsafeRawBufferPointer(start: name, count: nameSize), UnsafeRawBufferPointer(start: value, count: valueSize))
    return .YES
}

/// Collects what libmicrohttpd iterates over.
final class FieldList {
    var fields: [(name: String, value: String)] = []
}
