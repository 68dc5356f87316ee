internal import Concurrency
internal import Dispatch
internal import Synchronization

extension NATSConnection {
    /// Closes for good: fails who waits for a reply, sends what is pending (two seconds at most), ends all
    /// subscriptions. Drain those first whose last messages matter.
    ///
    /// Is not cut short by cancellation. Returns when the library has made its last callback.
    package func close() async {
        switch state.withLock({ $0.beginClosing() }) {
        case .wait: await closed.wait()
        case .close(let link):
            requests.close()
            if let link {
                if isConnected { _ = await BlockingWork.run { self.flushNow(timeout: .seconds(2)) } }
                // The library closes the socket on its thread: the loop must have let it go.
                await link.loop.run {
                    link.readEnd()
                    self.letGo(link)
                }
                await BlockingWork.run {
                    link.close()
                    link.letGo()
                }
            }
            for work in outbox.withLock({ $0.close() }) { work() }
            await withCheckedContinuation { continuation in
                completions.notify(queue: DispatchQueue(label: "nats.closed")) { continuation.resume() }
            }
            if let secureLoop = secureLoop.withLock({ $0.take() }) {
                await secureLoop.shutDown()
                // What it has handed over comes before the end.
                await loop.run {}
            }
            for subscription in subscriptions.withLock({ Array($0.values) }) { subscription.end() }
            tell(.closed(reason: "closed by its owner"))
            closed.open()
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
            let link = try makeLink(number)
            switch state.withLock({ $0.connected(link, number: number) }) {
            case .open: install(link)
            case .lost, .closing: link.close()
            }
            return .success(())
        } catch {
            completions.leave()
            _ = state.withLock { $0.lost(number: number) }
            return .failure(error)
        }
    }

    /// Hands a connection of the library to its loop, and waits for that. Blocks.
    private func install(_ link: LibraryConnection) {
        let isDone = DispatchSemaphore(value: 0)
        let isTaken = link.loop.execute {
            if let thread = link.loop.current { self.linkOpened(link, thread) }
            isDone.signal()
        }
        if isTaken { isDone.wait() }
    }

    func retryLater(after delay: Duration? = nil) {
        BlockingWork.start(after: delay ?? reconnectDelay()) {
            guard case .failure(let error) = self.tryOnce(), error.code != .closed else { return }
            self.refused(error)
            self.retryLater()
        }
    }

    // MARK: on the link's loop

    private func linkOpened(_ link: LibraryConnection, _ thread: LoopThread) {
        // Its owner may have closed it meanwhile.
        guard state.withLock({ $0.link === link }) else { return }
        let driver = LinkDriver(link, of: self, on: thread)
        link.signals.connect(to: LoopBound(driver, of: thread))
        let attached = outbox.withLock { outbox in
            outbox.connected(link, direct: link.loop === loop)
            // Before anything that waits: it may be answered there.
            return subscriptions.withLock({ Array($0.values) }).compactMap { try? $0.attach(to: link) }
        }
        for subscription in attached { driver.add(subscription) }
        driver.requestFlush()
        opened(link)
    }

    /// The library has closed a connection: the server is gone, or refuses us.
    func linkLost(_ link: LibraryConnection, reason: String) {
        letGo(link)
        link.letGo()
        let further = link.discoveredServers
        if !further.isEmpty { discovered.withLock { $0 = further } }
        guard case .retry = state.withLock({ $0.lost(number: link.number) }) else { return }
        tell(.disconnected(reason: reason.isEmpty ? "connection lost" : reason))
        // Another server of several is asked at once.
        retryLater(after: options.servers.count + further.count > 1 ? .zero : nil)
    }

    /// Takes a connection of the library from its loop.
    private func letGo(_ link: LibraryConnection) {
        outbox.withLock { if $0.link === link { $0.disconnected() } }
        link.signals.perform { $0.leave() }
        link.signals.connect(to: nil)
    }

    /// Asks the server for a sign of life; without one the connection counts as lost.
    func ping(_ link: LibraryConnection) {
        let patience = options.pingInterval * max(1, options.maxPingsOut)
        BlockingWork.start {
            if link.flush(timeout: patience)?.code == .timeout { link.shutDownSocket() }
            link.signals.perform { $0.pinged() }
        }
    }
}
