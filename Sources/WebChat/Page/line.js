// The field that one writes in: it grows with the text, and knows what was written before.

const maxWritten = 100;

/** The field's keys. */
export class Line {
  /**
   * @param submit what Enter does.
   */
  constructor(field, submit) {
    this.field = field;
    /** What we wrote, and where in it the arrows have brought us. */
    this.written = [];
    this.at = 0;
    field.addEventListener("input", () => this.grow());
    field.addEventListener("keydown", (event) => {
      // Enter may choose a character of an input method.
      if (event.isComposing || event.keyCode === 229) return;
      const isRecalled = field.value === this.written[this.at];
      if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        submit();
      } else if (event.key === "ArrowUp" && (!field.value || isRecalled)) {
        event.preventDefault();
        this.recall(-1);
      } else if (event.key === "ArrowDown" && field.value && isRecalled) {
        event.preventDefault();
        this.recall(1);
      }
    });
  }

  /** It is sent. */
  done(text) {
    if (this.written.at(-1) !== text) this.written = [...this.written, text].slice(-maxWritten);
    this.at = this.written.length;
    this.field.value = "";
    this.grow();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  recall(step) {
    const at = Math.max(0, Math.min(this.written.length, this.at + step));
    if (at === this.at) return;
    this.at = at;
    this.field.value = this.written[at] ?? "";
    this.grow();
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
  }
}
