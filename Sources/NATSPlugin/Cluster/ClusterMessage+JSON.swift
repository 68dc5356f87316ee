import BusProtocol
import JSON

// What instances say to each other: JSON objects, on `rosey-llm.peers`, `rosey-llm.intake` and `rosey-llm.member.ID`.
extension ClusterMessage {
    /// Returns the payload.
    func encode() -> [UInt8] {
        JSONWriter.object { json in
            switch self {
            case .ping(let rank, let session, let term, let load, let isLeaving):
                json.field("type", "ping")
                rank.write(&json)
                json.field("session", Int(session))
                json.field("term", Int(term))
                json.field("load", load)
                json.field("leaving", isLeaving)
            case .pong(let rank, let term, let known, let partitions, let isNew):
                json.field("type", "pong")
                rank.write(&json)
                json.field("term", Int(term))
                json.field("new", isNew)
                json.objects("members", zip(known, partitions)) { json, member in
                    member.0.write(&json)
                    json.field("partitions", member.1)
                }
            case .announce(let rank, let term):
                json.field("type", "announce")
                rank.write(&json)
                json.field("term", Int(term))
            case .appoint(let term):
                json.field("type", "appoint")
                json.field("term", Int(term))
            case .inquiry(let member):
                json.field("type", "inquire")
                json.field("member", member)
            case .report(let member, let session, let work):
                json.field("type", "report")
                json.field("member", member)
                json.field("session", Int(session))
                json.field("items", work.lazy.map(\.token).joined(separator: " "))
            case .confirmation(let kept, let lost):
                json.field("type", "confirm")
                json.field("kept", Self.list(kept))
                json.field("lost", Self.list(lost))
            case .acknowledgements(let acknowledgements):
                json.field("type", "acknowledge")
                json.field("of", acknowledgements.lazy.map(\.token).joined(separator: " "))
            case .gone(let member, let session):
                json.field("type", "gone")
                json.field("member", member)
                if session != .max { json.field("session", Int(session)) }
            case .letGo(let member, let session):
                json.field("type", "let_go")
                json.field("member", member)
                json.field("session", Int(session))
            }
        }
    }

    /// Decodes a payload; nil where it is no such message.
    static func decode(_ payload: [UInt8]) -> ClusterMessage? {
        guard let fields = JSONValue.parse(payload)?.object else { return nil }
        func number(_ name: String) -> UInt64? {
            if case .integer(let value)? = fields[name], value >= 0 { UInt64(value) } else { nil }
        }
        // A term is the upper part of sequences.
        let (rank, term) = (MemberRank(fields), number("term").flatMap { $0 < maxTerm ? $0 : nil })
        switch fields["type"]?.string {
        case "ping":
            guard let rank, let term, let session = number("session"), let load = number("load") else { return nil }
            return .ping(
                rank, session: session, term: term, load: Int(min(load, maxLoad)),
                isLeaving: fields["leaving"] == .bool(true))
        case "pong":
            guard let rank, let term, case .array(let known)? = fields["members"] else { return nil }
            let members = known.prefix(maxMembers).compactMap { $0.object }
                .compactMap { fields in MemberRank(fields).map { ($0, fields["partitions"]) } }
            let partitions = members.map { if case .integer(let count)? = $0.1 { count } else { 0 } }
            return .pong(
                rank, term: term, known: members.map(\.0), partitions: partitions, isNew: fields["new"] == .bool(true))
        case "announce": return rank.flatMap { rank in term.map { .announce(rank, term: $0) } }
        case "appoint": return term.map { .appoint(after: $0) }
        case "inquire": return fields["member"]?.string.map { .inquiry(from: $0) }
        case "report":
            guard let member = fields["member"]?.string, let session = number("session"),
                let work = fields["items"]?.string
            else { return nil }
            return .report(member, session: session, work.split(separator: " ").compactMap(WorkReport.init(token:)))
        case "confirm":
            guard let kept = fields["kept"]?.string, let lost = fields["lost"]?.string else { return nil }
            return .confirmation(kept: sequences(kept), lost: sequences(lost))
        case "acknowledge":
            return (fields["of"]?.string).map {
                .acknowledgements($0.split(separator: " ").compactMap(Acknowledgement.init(token:)))
            }
        case "let_go":
            return fields["member"]?.string.flatMap { member in number("session").map { .letGo(member, before: $0) } }
        case "gone": return fields["member"]?.string.map { .gone($0, session: number("session") ?? .max) }
        default: return nil
        }
    }

    private static func list(_ sequences: [UInt64]) -> String {
        sequences.lazy.map { String($0, radix: 16) }.joined(separator: " ")
    }

    private static func sequences(_ list: String) -> [UInt64] {
        list.split(separator: " ").compactMap { UInt64($0, radix: 16) }
    }

    /// More are not counted: nobody runs so many.
    private static var maxMembers: Int { 256 }
    /// Nobody has so much in hand.
    private static var maxLoad: UInt64 { 1 << 20 }
    /// A term is one more for each intake; so many there will never be.
    private static var maxTerm: UInt64 { 1 << 15 }
}

extension WorkReport {
    /// Its progress in one letter, its sequence and, where there is one, a colon and the key in hexadecimal digits.
    fileprivate var token: String {
        progress.rawValue + String(sequence, radix: 16) + (key.map { ":" + String($0, radix: 16) } ?? "")
    }

    fileprivate init?(token: Substring) {
        let parts = token.dropFirst().split(separator: ":", maxSplits: 1)
        guard let progress = Progress(rawValue: String(token.prefix(1))),
            let sequence = parts.first.flatMap({ UInt64($0, radix: 16) })
        else { return nil }
        let key = parts.dropFirst().first.flatMap { UInt64($0, radix: 16) }
        self.init(sequence: sequence, key: key, progress: progress)
    }
}

extension Acknowledgement {
    /// What has become of it, in one letter, and the sequence in hexadecimal digits.
    fileprivate var token: String {
        switch self {
        case .begun(let sequence): "b" + String(sequence, radix: 16)
        case .done(let sequence): "d" + String(sequence, radix: 16)
        case .returned(let sequence): "r" + String(sequence, radix: 16)
        }
    }

    fileprivate init?(token: Substring) {
        guard let sequence = UInt64(token.dropFirst(), radix: 16) else { return nil }
        switch token.first {
        case "b": self = .begun(sequence)
        case "d": self = .done(sequence)
        case "r": self = .returned(sequence)
        default: return nil
        }
    }
}

extension MemberRank {
    fileprivate init?(_ fields: [String: JSONValue]) {
        guard let id = fields["id"]?.string, (1...64).contains(id.utf8.count),
            case .integer(let since)? = fields["since"]
        else { return nil }
        let name = fields["name"]?.string ?? ""
        self.init(
            id: id, name: name.utf8.count <= 64 ? name : "", since: Int64(since),
            isBridge: fields["bridge"] == .bool(true))
    }

    fileprivate func write(_ json: inout JSONWriter) {
        json.field("id", id)
        json.field("name", name)
        json.field("since", Int(since))
        json.field("bridge", isBridge)
    }
}

extension Handing {
    /// Returns the subject on which a message is handed to a member: its own and its reply's are part of it, for where nobody
    /// hears, the server would tell whoever waits for a reply.
    ///
    ///     rosey-llm.handed.MEMBER.INTAKE.SEQUENCE.SESSION.KEY.EPOCH.TOKENS.subject….reply…
    func encode(to member: String, _ subject: String, _ reply: String?) -> String {
        let tokens = subject.utf8.reduce(1) { $0 + ($1 == UInt8(ascii: ".") ? 1 : 0) }
        let key = key.map { String($0, radix: 16) } ?? "-"
        let head = "\(Subjects.handedPrefix).\(member).\(by.isEmpty ? "-" : by).\(sequence).\(session).\(key).\(epoch)"
        return "\(head).\(tokens).\(subject)" + (reply.map { "." + $0 } ?? "")
    }

    /// Decodes such a subject; nil where it is none.
    static func decode(_ subject: String) -> (handing: Handing, subject: String, reply: String?)? {
        let tokens = subject.split(separator: ".", omittingEmptySubsequences: false)
        guard tokens.count > 9, let sequence = UInt64(tokens[4]), let session = UInt64(tokens[5]),
            let epoch = UInt64(tokens[7]), let count = Int(tokens[8]), count > 0, count <= tokens.count - 9
        else { return nil }
        let handing = Handing(
            by: tokens[3] == "-" ? "" : String(tokens[3]), sequence: sequence, session: session,
            key: UInt64(tokens[6], radix: 16), epoch: epoch)
        let reply = tokens[(9 + count)...].joined(separator: ".")
        return (handing, tokens[9..<9 + count].joined(separator: "."), reply.isEmpty ? nil : reply)
    }
}
