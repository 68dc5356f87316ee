@testable import NATSPlugin

/// What the server does: what one sends another arrives in the order in which it was sent.
extension ClusterSimulation {
    mutating func send(_ packet: Packet, from node: Int) {
        guard nodes[node].isConnected else {
            nodes[node].outgoing.append(packet)
            return
        }
        nodes[node].lastOut = max(nodes[node].lastOut, now + delay())
        schedule(nodes[node].lastOut, .sent(from: node, packet))
    }

    private mutating func pass(_ packet: Packet, to node: Int, from sender: Int) {
        nodes[node].lastIn = max(nodes[node].lastIn, now + delay())
        schedule(nodes[node].lastIn, .arrives(at: node, packet, from: sender))
    }

    /// Those who hear what comes in.
    var hearing: [Int] { nodes.indices.filter { nodes[$0].isOpen && nodes[$0].isConnected } }

    mutating func deliver(_ message: Int) {
        guard let node = hearing.randomElement(using: &random) else { return promises.excuse(message, now) }
        pass(.message(message), to: node, from: -1)
    }

    private func isReachable(_ node: Int) -> Bool {
        nodes[node].isAlive && nodes[node].isConnected
    }

    mutating func server(_ packet: Packet, from node: Int) throws(Violation) {
        // What was on its way when the connection broke is lost with it.
        guard nodes[node].isConnected else { return }
        switch packet {
        case .opens: nodes[node].isOpen = nodes[node].isAlive
        case .closes: nodes[node].isOpen = false
        case .drains: pass(.drained, to: node, from: node)
        case .answer(let message):
            if let wrong = promises.answered(message, now, isOrdered: chaos.isPlain) { throw violation(wrong) }
        case .handed(let message, let handing, let name):
            guard let target = nodes.firstIndex(where: { $0.name == name }), isReachable(target) else {
                // Nobody has a copy of what was passed on.
                if handing == .passedOn { promises.excuse(message, now) }
                return
            }
            pass(packet, to: target, from: node)
        case .said(_, .everybody, _):
            for other in nodes.indices where other != node && isReachable(other) {
                pass(packet, to: other, from: node)
            }
        case .said(let said, .member(let name), _):
            if let target = nodes.firstIndex(where: { $0.name == name }), isReachable(target) {
                pass(packet, to: target, from: node)
            } else if case .acknowledgements(let acknowledgements) = said {
                for case .returned(let sequence) in acknowledgements {
                    if let message = nodes[node].returned[sequence] { promises.excuse(message, now) }
                }
            }
        case .said(_, .intake, let ping):
            let intakes = hearing.filter { $0 != node }
            if intakes.isEmpty { pass(.pong(nil, to: node, ping: ping), to: node, from: node) }
            for intake in intakes { pass(packet, to: intake, from: node) }
        case .pong(_, let asker, _):
            if nodes[asker].isAlive, nodes[asker].isConnected { pass(packet, to: asker, from: node) }
        case .message, .drained: break
        }
    }
}
