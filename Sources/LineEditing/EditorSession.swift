internal import CEdit
internal import Glibc

/// libedit at work: everything here happens on the editor's own thread.
///
/// `@safe`: the pointers are libedit's, made and freed by ``run(_:)`` on this thread, which alone uses them.
@safe final class EditorSession {
    private let editor: LineEditor
    private var edit: OpaquePointer?
    private var history: OpaquePointer?
    private var input = TypedInput()
    /// The prompt for libedit, which reads it whenever it draws: it ends with a zero and lives as long as this.
    fileprivate let prompt: UnsafeMutablePointer<CChar>
    /// What waits until nobody types.
    private var heldBack = ""
    /// Whether a part of a line was written last, so that the prompt is not there.
    private var isInLine = false
    private var hasEnded = false

    private init(_ editor: LineEditor) {
        self.editor = editor
        unsafe prompt = strdup(editor.options.prompt)
    }

    deinit { unsafe free(prompt) }

    /// Reads until the editor is closed, or the input ends. Blocks.
    static func run(_ editor: LineEditor) {
        // libedit needs to know that the terminal speaks UTF-8.
        if unsafe setlocale(LC_CTYPE, "") == nil || !readsUTF8 { _ = unsafe setlocale(LC_CTYPE, "C.UTF-8") }
        let session = EditorSession(editor)
        session.read()
        editor.finished()
    }

    private static var readsUTF8: Bool { unsafe mblen("\u{E4}", 2) == 2 }

    private func read() {
        // Not retained: this object outlives libedit's, which is freed below.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        guard let edit = unsafe shim_edit_create(context, readCharacter, prompt(of:)) else { return }
        unsafe self.edit = edit
        openHistory()
        put("\u{1B}[?2004h")
        while !hasEnded, !editor.isClosed {
            // Before the prompt is there: what is typed on seeing it is for libedit, not for the terminal's own editing.
            unsafe shim_edit_prepare(edit, 1)
            var count: Int32 = 0
            guard let text = unsafe el_gets(edit, &count), count > 0 else { break }
            take(unsafe String(cString: text))
        }
        // What waits still is to be seen.
        obey()
        put("\u{1B}[?2004l" + (isInLine ? "" : "\r\u{1B}[J"))
        unsafe el_end(edit)
        if let history = unsafe history { unsafe history_end(history) }
    }

    /// A line was sent.
    private func take(_ text: String) {
        var line = text
        while line.hasSuffix("\n") || line.hasSuffix("\r") { line.removeLast() }
        isInLine = false
        editor.note(isTyping: false)
        if !line.allSatisfy(\.isWhitespace) { remember(line) }
        editor.typed(line)
    }

    // MARK: a character

    /// What libedit is given next; nil at the end. Blocks, and writes meanwhile what is to be written.
    fileprivate func nextCharacter() -> Unicode.Scalar? {
        while true {
            obey()
            if editor.isClosed { return nil }
            switch input.next() {
            case .character(let scalar)?:
                beginTyping()
                editor.note(isTyping: scalar != "\n" && scalar != "\r")
                return scalar
            case .block(let text, let omitted)?:
                beginTyping()
                insert(text)
                if omitted > 0 { say("What was pasted is too long: its last \(omitted) bytes are left out.") }
                continue
            case .tabulator?:
                beginTyping()
                complete()
                continue
            case nil: break
            }
            guard waitForInput() else { return nil }
        }
    }

    /// Returns whether there is anything: bytes, or an order.
    private func waitForInput() -> Bool {
        var awaited = [
            pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
            pollfd(fd: editor.waker, events: Int16(POLLIN), revents: 0),
        ]
        // Two of them.
        guard unsafe poll(&awaited, 2, -1) > 0 else { return errno == EINTR }
        var bytes = [UInt8](repeating: 0, count: 4096)
        // As many bytes as there is room for, twice.
        if awaited[1].revents != 0 { _ = unsafe Glibc.read(editor.waker, &bytes, bytes.count) }
        guard awaited[0].revents != 0 else { return true }
        let count = unsafe Glibc.read(0, &bytes, bytes.count)
        guard count > 0 else {
            hasEnded = true
            return false
        }
        input.add(Array(bytes.prefix(count)))
        return true
    }

    /// The prompt comes back under what was written without an end.
    private func beginTyping() {
        guard isInLine else { return }
        isInLine = false
        put("\n")
        redraw()
    }

    // MARK: the line

    private var line: (before: String, after: String) {
        guard let edit = unsafe edit, let info = unsafe el_line(edit)?.pointee, let start = unsafe info.buffer,
            let cursor = unsafe info.cursor, let end = unsafe info.lastchar
        else { return ("", "") }
        // Both parts lie in libedit's buffer, and are copied.
        let text = { (from: UnsafePointer<CChar>, to: UnsafePointer<CChar>) in
            let bytes = unsafe UnsafeBufferPointer(start: from, count: to - from)
            return unsafe String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return unsafe (text(start, cursor), text(cursor, end))
    }

    private var isEmpty: Bool { line.before.isEmpty && line.after.isEmpty }

    private func insert(_ text: String) {
        guard let edit = unsafe edit, !text.isEmpty else { return }
        erase()
        _ = unsafe el_insertstr(edit, text)
        redraw()
        editor.note(isTyping: true)
    }

    /// Completes the first word: whole where one is left, else as far as all are alike; and shows them.
    private func complete() {
        let (before, _) = line
        let found = editor.options.completions.filter { $0.hasPrefix(before) && $0 != before }
        guard before.hasPrefix("/"), let first = found.first else { return put("\u{7}") }
        let common = found.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        let addition = String(common.dropFirst(before.count)) + (found.count == 1 ? " " : "")
        if addition.isEmpty {
            erase()
            put(found.joined(separator: "  ") + "\n")
            redraw()
        } else {
            insert(addition)
        }
    }

    // MARK: the screen

    /// Does what was ordered.
    private func obey() {
        for order in editor.takeOrders() {
            switch order {
            case .piece(let text): heldBack += text
            case .lines(let text): say(text)
            case .clear:
                guard let edit = unsafe edit else { continue }
                erase()
                unsafe shim_edit_clear(edit)
                editor.note(isTyping: false)
                redraw()
            case .suspend: suspend()
            }
        }
        guard !heldBack.isEmpty, isEmpty else { return }
        if !isInLine { erase() }
        put(heldBack)
        isInLine = heldBack.last != "\n"
        heldBack = ""
        if !isInLine { redraw() }
    }

    private func suspend() {
        guard let edit = unsafe edit else { return }
        put("\u{1B}[?2004l\n")
        unsafe shim_edit_prepare(edit, 0)
        // To this thread: so nothing is done before the process has stopped.
        raise(SIGSTOP)
        unsafe shim_edit_prepare(edit, 1)
        put("\u{1B}[?2004h\r")
        isInLine = false
        redraw()
    }

    private func say(_ lines: String) {
        if isInLine {
            put("\n")
            isInLine = false
        } else {
            erase()
        }
        put(lines + "\n")
        redraw()
    }

    /// Takes prompt and line from the screen; the cursor is where they began.
    private func erase() {
        let rows = rowsAboveCursor
        put((rows > 0 ? "\u{1B}[\(rows)A" : "") + "\r\u{1B}[J")
    }

    private func redraw() { if let edit = unsafe edit { unsafe shim_edit_redraw(edit) } }

    private var rowsAboveCursor: Int {
        var size = winsize()
        // One local variable.
        let width = unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
        var (rows, column) = (0, 0)
        for scalar in (editor.options.prompt + line.before).unicodeScalars {
            if scalar == "\n" {
                (rows, column) = (rows + 1, 0)
                continue
            }
            column += max(0, Int(shim_character_width(wchar_t(scalar.value))))
            if column >= width { (rows, column) = (rows + 1, column - width) }
        }
        return rows
    }

    private func put(_ text: String) {
        shim_edit_flush()
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            // The slice's own bytes.
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(1, $0.baseAddress, $0.count) }
            if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { return }
        }
    }

    // MARK: history

    private func openHistory() {
        guard let edit = unsafe edit, let made = unsafe shim_history_create(edit, Int32(editor.options.historySize))
        else { return }
        unsafe history = made
        if let path = editor.options.historyPath { unsafe shim_history_load(made, path) }
    }

    private func remember(_ line: String) {
        guard let history = unsafe history, line.utf8.count <= 4096 else { return }
        guard let path = editor.options.historyPath, let file = unsafe lockedFile(path) else {
            return unsafe shim_history_add(history, line)
        }
        // Others may have added theirs.
        unsafe shim_history_load(history, path)
        unsafe shim_history_add(history, line)
        _ = unsafe ftruncate(fileno(file), 0)
        unsafe shim_history_save(history, file)
        unsafe fclose(file)
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(zip(self, other).prefix { $0 == $1 }.map(\.0))
    }
}

private func readCharacter(_ edit: OpaquePointer?, _ character: UnsafeMutablePointer<wchar_t>?) -> Int32 {
    // The session outlives libedit's object, and is given to it where that is made.
    guard let edit = unsafe edit, let context = unsafe shim_edit_context(edit), let character = unsafe character else {
        return -1
    }
    let session = unsafe Unmanaged<EditorSession>.fromOpaque(context).takeUnretainedValue()
    guard let scalar = session.nextCharacter() else { return 0 }
    unsafe character.pointee = wchar_t(scalar.value)
    return 1
}

private func prompt(of edit: OpaquePointer?) -> UnsafeMutablePointer<CChar>? {
    guard let edit = unsafe edit, let context = unsafe shim_edit_context(edit) else { return nil }
    return unsafe Unmanaged<EditorSession>.fromOpaque(context).takeUnretainedValue().prompt
}
