import type { LogPart, LogReader, LogSource } from '../../src/ports/log-reader.js';

/** Logs by source; a follower gets what is there, then what is added, until it is told to end. */
export class FakeLogReader implements LogReader {
  readonly #logs = new Map<string, string[]>();
  readonly asked: LogSource[] = [];

  add(source: LogSource, ...lines: string[]): this {
    const log = this.#logs.get(JSON.stringify(source)) ?? [];
    log.push(...lines);
    this.#logs.set(JSON.stringify(source), log);
    return this;
  }

  tail(source: LogSource, lines: number): Promise<readonly string[]> {
    this.asked.push(source);
    return Promise.resolve(lines === 0 ? [] : this.#of(source).slice(-lines));
  }

  async *follow(source: LogSource, lines: number, signal: AbortSignal): AsyncGenerator<string> {
    let next = this.#of(source).length; // before the first yield: what comes while that is looked at is not left out
    yield* await this.tail(source, lines);
    while (!signal.aborted) {
      const line = this.#of(source)[next];
      if (line === undefined) {
        await new Promise((resolve) => setImmediate(resolve));
      } else {
        next += 1;
        yield line;
      }
    }
  }

  part(source: LogSource, after: string | null): Promise<LogPart> {
    this.asked.push(source);
    const all = this.#of(source);
    const next = this.#logs.has(JSON.stringify(source)) ? String(all.length) : null;
    return Promise.resolve({ lines: all.slice(Number(after ?? 0)), next, more: false });
  }

  #of(source: LogSource): readonly string[] {
    return this.#logs.get(JSON.stringify(source)) ?? [];
  }
}
