import Configuration
import NATSClient
import Persistence
import ServiceRuntime

/// `rosey-llm import FILE`: brings an export back in, made one with what is there.
struct ImportCommand {
    let path: String
    let terminal: Terminal

    func run(_ configuration: Configuration) async throws(CommandFailure) {
        // A file is looked through first, so that nothing is half in. What comes through a pipe is there only once.
        if path != "-" { try check() }
        var file = try BackupFile(path)
        let count = try await BucketClient.with(configuration) { store in try await restore(&file, to: Backup(store)) }
        terminal.complain("imported \(count)")
    }

    private func check() throws(CommandFailure) {
        var file = try BackupFile(path)
        while try file.next() != nil {}
    }

    private func restore(_ file: inout BackupFile, to backup: Backup) async throws -> Backup.Count {
        var count = Backup.Count()
        let writer = "import-" + String(UInt64.random(in: .min ... .max), radix: 36)
        while let line = try file.next() {
            do {
                try await backup.restore(line, writer: writer, into: &count)
            } catch let error as RecordFault {
                throw CommandFailure(.unavailable, "\(path), line \(file.number): \(error)")
            }
            if file.number.isMultiple(of: 10_000) { terminal.complain("\(file.number) lines so far") }
        }
        return count
    }
}

/// The lines of a backup in a file.
struct BackupFile: ~Copyable {
    private let path: String
    private var lines: FileLines
    /// That of the line read last, from 1 on.
    private(set) var number = 0

    /// - Parameter path: of the file; `-` is standard input.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        do throws(FileLines.Failure) {
            lines = try FileLines(path: path)
        } catch {
            throw CommandFailure(.usage, error.description)
        }
    }

    /// The next line that is not blank; nil at the end.
    mutating func next() throws(CommandFailure) -> Backup.Line? {
        while true {
            let bytes: [UInt8]
            do throws(FileLines.Failure) {
                guard let line = try lines.next() else { return nil }
                bytes = line
            } catch {
                throw CommandFailure(.usage, "\(path): \(error)")
            }
            number += 1
            if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
            do throws(RecordFault) {
                return try Backup.Line(bytes)
            } catch {
                throw CommandFailure(.usage, "\(path), line \(number): \(error)")
            }
        }
    }
}
