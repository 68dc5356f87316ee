internal import Glibc

/// The file in which the lines of several terminals are kept.
extension EditorSession {
    /// Opens a file for its owner alone, and waits until no other process has it locked.
    func lockedFile(_ path: String) -> UnsafeMutablePointer<FILE>? {
        // The path is copied for the call.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        fchmod(descriptor, 0o600)
        guard flock(descriptor, LOCK_EX) == 0, let file = unsafe fdopen(descriptor, "r+") else {
            Glibc.close(descriptor)
            return nil
        }
        return unsafe file
    }
}
