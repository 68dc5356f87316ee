package import Foundation
internal import Glibc

extension FileHandle {
    /// What comes next; empty at the end. Foundation's own `availableData` ends the process where a signal interrupts it.
    package func nextData() -> Data {
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            // The array is valid during the call, which writes no more than it has.
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(fileDescriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            return Data(bytes.prefix(max(0, count)))
        }
    }

    /// Everything up to the end.
    package func allData() -> Data {
        var all = Data()
        while true {
            let data = nextData()
            if data.isEmpty { return all }
            all += data
        }
    }
}
