/** Longer lines are cut: the rest up to the next line end is dropped. */
export const MAX_LINE_BYTES = 65_536;

/**
 * Cuts a stream of bytes into lines. A line ends with a line feed or a carriage return (progress bars overwrite their line
 * with the latter); empty lines are left out. Holds at most one line, however long the stream is without line ends.
 */
export class LineSplitter {
  #kept: Buffer[] = [];
  #keptBytes = 0;

  constructor(private readonly onLine: (line: string) => void) {}

  push(bytes: Buffer): void {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== 0x0a && bytes[at] !== 0x0d) continue;
      this.#keep(bytes.subarray(from, at));
      this.end();
      from = at + 1;
    }
    this.#keep(bytes.subarray(from));
  }

  /** Gives out what came after the last line end. */
  end(): void {
    if (this.#keptBytes > 0) this.onLine(Buffer.concat(this.#kept).toString('utf8'));
    this.#kept = [];
    this.#keptBytes = 0;
  }

  #keep(bytes: Buffer): void {
    const part = bytes.subarray(0, MAX_LINE_BYTES - this.#keptBytes);
    if (part.length === 0) return;
    // A copy: what was passed in may be a view of a buffer that is far larger than the line.
    this.#kept.push(Buffer.from(part));
    this.#keptBytes += part.length;
  }
}
