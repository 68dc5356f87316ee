/// Why a server itself refuses a request.
package enum HTTPServerRefusal: Sendable {
    /// Its head can be read in two ways, so that a proxy in front may have read it in the other one.
    case malformed
    /// Its body is larger than the bound.
    case bodyTooLarge
    /// So much of bodies is being received already that there is no room for another one.
    case overloaded
}
