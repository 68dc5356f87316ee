#pragma once
// libedit, and typed forms of its variadic functions.
#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>

typedef int (*shim_edit_read)(EditLine *edit, wchar_t *character);
typedef char *(*shim_edit_prompt)(EditLine *edit);

/// An editor on standard input and output.
static inline EditLine *shim_edit_create(void *context, shim_edit_read read, shim_edit_prompt prompt) {
    EditLine *edit = el_init("rosey-llm", stdin, stdout, stderr);
    if (!edit) return NULL;
    el_set(edit, EL_CLIENTDATA, context);
    el_set(edit, EL_EDITOR, "emacs");
    el_set(edit, EL_PROMPT, prompt);
    el_set(edit, EL_GETCFN, read);
    el_set(edit, EL_SIGNAL, 0);
    return edit;
}
static inline void *shim_edit_context(EditLine *edit) {
    void *context = NULL;
    el_get(edit, EL_CLIENTDATA, &context);
    return context;
}
/// Draws the prompt and the line at the cursor's place, which begins a line, for the screen as large as it is now.
static inline void shim_edit_redraw(EditLine *edit) {
    el_resize(edit);
    el_set(edit, EL_REFRESH);
}
/// Takes away what is being typed.
static inline void shim_edit_clear(EditLine *edit) {
    const LineInfo *line = el_line(edit);
    el_cursor(edit, (int)(line->lastchar - line->cursor));
    el_deletestr(edit, (int)(line->lastchar - line->buffer));
}
/// Has the terminal send each key (1), or lines, as others want it (0).
static inline void shim_edit_prepare(EditLine *edit, int takes_keys) { el_set(edit, EL_PREP_TERM, takes_keys); }
/// Sends what libedit has written so far.
static inline void shim_edit_flush(void) { fflush(stdout); }
/// How many columns a character takes on the screen.
static inline int shim_character_width(wchar_t character) {
    extern int wcwidth(wchar_t);
    return wcwidth(character);
}

/// Keeps so many lines; the same one twice in a row once.
static inline History *shim_history_create(EditLine *edit, int size) {
    HistEvent event;
    History *lines = history_init();
    if (!lines) return NULL;
    history(lines, &event, H_SETSIZE, size);
    history(lines, &event, H_SETUNIQUE, 1);
    el_set(edit, EL_HIST, history, lines);
    return lines;
}
/// Forgets all lines, and reads those of a file.
static inline void shim_history_load(History *lines, const char *path) {
    HistEvent event;
    history(lines, &event, H_CLEAR);
    history(lines, &event, H_LOAD, path);
}
static inline void shim_history_add(History *lines, const char *line) {
    HistEvent event;
    history(lines, &event, H_ENTER, line);
}
static inline void shim_history_save(History *lines, FILE *file) {
    HistEvent event;
    history(lines, &event, H_SAVE_FP, file);
}
