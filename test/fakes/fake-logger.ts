import type { LogFields, Logger } from '../../src/ports/logger.js';

interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
  readonly cause?: unknown;
}

/** Keeps every line; children write to the same list. */
export class FakeLogger implements Logger {
  readonly lines: LoggedLine[];
  closed = false;
  readonly #fields: LogFields;

  constructor(fields: LogFields = {}, lines: LoggedLine[] = []) {
    this.#fields = fields;
    this.lines = lines;
  }

  debug(message: string, fields?: LogFields): void {
    this.#keep('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#keep('info', message, fields);
  }

  warn(message: string, fields?: LogFields, cause?: unknown): void {
    this.#keep('warn', message, fields, cause);
  }

  error(message: string, fields?: LogFields, cause?: unknown): void {
    this.#keep('error', message, fields, cause);
  }

  child(fields: LogFields): Logger {
    return new FakeLogger({ ...this.#fields, ...fields }, this.lines);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  /** Messages of one level, in order. */
  messages(level: LoggedLine['level']): readonly string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  #keep(level: LoggedLine['level'], message: string, fields?: LogFields, cause?: unknown): void {
    const kept = { level, message, fields: { ...this.#fields, ...fields } };
    this.lines.push(cause === undefined ? kept : { ...kept, cause });
  }
}
