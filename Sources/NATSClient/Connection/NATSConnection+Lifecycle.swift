internal import CNATS
internal import Dispatch
internal import Synchronization

extension NATSConnection {
    /// Closes for good: fails who waits for a reply, sends what is pending (two seconds at most), ends all
    /// subscriptions. Drain those first whose last messages matter.
    ///
    /// Is not cut short by cancellation. Returns when the library has made its last callback.
    package func close() async {
        switch state.withLock({ $0.beginClosing() }) {
        case .done: return
        case .wait: await waitForClosed()
        case .close(let link):
            requests.close()
            if let link {
                await BlockingWork.run { _ = link.isConnected ? link.flush(timeout: .seconds(2)) : nil }
            }
            // No delivery thread may stand still at a full buffer while the library waits for it.
            let subscriptions = self.subscriptions.withLock { Array($0.values) }
            for subscription in subscriptions { subscription.connectionCloses() }
            if let link { await BlockingWork.run { link.close() } }
            await withCheckedContinuation { continuation in
                completions.notify(queue: DispatchQueue(label: "nats.closed")) { continuation.resume() }
            }
            for subscription in subscriptions { subscription.end() }
            tell(.closed(reason: "closed by its owner"))
            for waiter in state.withLock({ $0.closed() }) { waiter.resume() }
        }
    }

    private func waitForClosed() async {
        await withCheckedContinuation { continuation in
            if !state.withLock({ $0.wait(continuation) }) { continuation.resume() }
        }
    }

    /// Makes a connection of the library. Blocks.
    func tryOnce() -> Result<Void, NATSError> {
        let number = state.withLock { state -> UInt? in
            let number = state.beginConnecting()
            // Within the lock, so that who closes afterwards waits for it.
            if number != nil { completions.enter() }
            return number
        }
        guard let number else { return .failure(.connectionClosed) }
        do throws(NATSError) {
            let (link, isConnected) = try makeLink(number)
            switch state.withLock({ $0.connected(link, number: number) }) {
            case .open:
                reattach(link)
                if isConnected {
                    opened(server: link.server ?? "", again: false)
                } else {
                    tell(.disconnected(reason: "no NATS server takes the connection; trying on"))
                }
            case .lost: break  // The closed callback has seen to another try.
            case .closing: link.close()
            }
            return .success(())
        } catch {
            completions.leave()
            _ = state.withLock { $0.lost(number: number) }
            return .failure(error)
        }
    }

    private func makeLink(_ number: UInt) throws(NATSError) -> (LibraryConnection, isConnected: Bool) {
        let options = try unsafe LibraryOptions.make(options)
        // The library has a copy of them from the connect call on.
        defer { unsafe natsOptions_Destroy(options) }
        // One reference for the library, given back in the closed callback, or below if there will be none.
        let closure = unsafe Unmanaged.passRetained(ConnectionCallbacks(connection: self, number: number))
        unsafe ConnectionCallbacks.set(on: options, closure: closure.toOpaque())
        var pointer: OpaquePointer?
        let status = unsafe natsConnection_Connect(&pointer, options)
        guard status == NATS_OK || status == NATS_NOT_YET_CONNECTED, let pointer = unsafe pointer else {
            let detail = NATSError.lastErrorOfThread(status)
            // No connection, so no callback.
            unsafe closure.release()
            throw NATSError(.badOptions, "cannot connect to NATS: \(detail)", detail: detail)
        }
        return (unsafe LibraryConnection(pointer, number: number), status == NATS_OK)
    }

    /// The subscriptions and the inbox follow to a new connection of the library.
    private func reattach(_ link: LibraryConnection) {
        do throws(NATSError) {
            if requests.isInUse { try requests.attach(to: link, completions: completions) }
            for subscription in subscriptions.withLock({ Array($0.values) }) {
                try subscription.attach(to: link, completions: completions)
            }
        } catch {
            // It has been closed again meanwhile: the closed callback sees to the next.
            tell(.error(error.description))
        }
    }

    /// The library has closed a connection: because we asked for it, or because sign-in failed twice alike.
    func libraryClosed(_ callbacks: ConnectionCallbacks, reason: String) {
        if case .retry = state.withLock({ $0.lost(number: callbacks.number) }) {
            if !reason.isEmpty { callbacks.failed(reason) }
            retryLater()
        }
        completions.leave()
    }

    private func retryLater() {
        BlockingWork.start(after: reconnectDelay()) {
            guard case .failure(let error) = self.tryOnce(), error.code != .closed else { return }
            self.tell(.error(error.description))
            self.retryLater()
        }
    }
}
