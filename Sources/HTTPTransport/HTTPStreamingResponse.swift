/// An answer whose head is there and whose body is still coming.
package struct HTTPStreamingResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    /// To be consumed once; letting it go closes the transfer.
    package let body: HTTPBody
}
