import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import winston from 'winston';
import type { Folders } from '../../domain/folders.js';
import type { LogFields, Logger } from '../../ports/logger.js';
import { allowedFields, caseIdOf, escaped } from './allowed-fields.js';
import { FileAppender, type Rotation } from './file-appender.js';
import { consoleLine, jsonLine, type LogLine } from './log-line.js';
import { reducedCause } from './reduced-cause.js';

export interface LoggingOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly folders: Folders;
  /** Size at which the service log is put aside. */
  readonly maxBytes: number;
  readonly keepFiles: number;
  /** Where lines for people go too (`mqi start`: process.stderr); null for none. */
  readonly console: NodeJS.WritableStream | null;
  /** Where each line goes too, one JSON object each, for what ships logs; null or left out for nowhere. */
  readonly shipping?: NodeJS.WritableStream | null;
}

/** winston passes our line along under this key. */
const LINE = 'line';

/**
 * The gate: whatever reaches winston leaves as a LogLine and nothing else. Every sink reads only that, so that no way
 * of logging gets around the allow-list.
 */
const sealed = winston.format((entry) => {
  const { level, message, fields, cause } = entry;
  const line: LogLine = {
    time: new Date().toISOString(),
    level: escaped(level),
    message: escaped(typeof message === 'string' ? message : 'message was no text'),
    fields: allowedFields(fields),
    cause: cause === undefined ? null : reducedCause(cause),
  };
  return { level, message: line.message, [LINE]: line };
});

/** What a logger and its children share. */
interface Shared {
  readonly winston: winston.Logger;
  readonly sinks: readonly Writable[];
  readonly files: FileAppender;
  closing: Promise<void> | null;
}

/** Logger port over winston: the service log, one file per case, and the console. */
export class WinstonLogger implements Logger {
  readonly #shared: Shared;
  readonly #fields: LogFields;

  private constructor(shared: Shared, fields: LogFields) {
    this.#shared = shared;
    this.#fields = fields;
  }

  static create({ level, folders, maxBytes, keepFiles, console, shipping = null }: LoggingOptions): WinstonLogger {
    const files = new FileAppender(troubleReporter(console));
    const rotation: Rotation = { maxBytes, keepFiles };
    const toFiles = lineSink((line) => {
      const text = jsonLine(line);
      files.append(folders.serviceLog(), text, rotation);
      const caseId = caseIdOf(line.fields);
      if (caseId !== null) files.append(folders.caseLog(caseId), text, null);
    });
    const sinks = [toFiles];
    if (console !== null) sinks.push(lineSink((line) => console.write(`${consoleLine(line)}\n`)));
    if (shipping !== null) sinks.push(lineSink((line) => shipping.write(`${jsonLine(line)}\n`)));
    const logger = winston.createLogger({ level, format: sealed() });
    for (const sink of sinks) logger.pipe(sink);
    return new WinstonLogger({ winston: logger, sinks, files, closing: null }, {});
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields);
  }

  warn(message: string, fields?: LogFields, cause?: unknown): void {
    this.#log('warn', message, fields, cause);
  }

  error(message: string, fields?: LogFields, cause?: unknown): void {
    this.#log('error', message, fields, cause);
  }

  child(fields: LogFields): Logger {
    return new WinstonLogger(this.#shared, { ...this.#fields, ...fields });
  }

  /** For the whole family of loggers; what is logged later goes nowhere. */
  close(): Promise<void> {
    this.#shared.closing ??= closed(this.#shared);
    return this.#shared.closing;
  }

  #log(level: string, message: string, fields?: LogFields, cause?: unknown): void {
    const { winston: logger, closing } = this.#shared;
    if (closing !== null || !logger.isLevelEnabled(level)) return;
    logger.log({ level, message, fields: { ...this.#fields, ...fields }, cause });
  }
}

async function closed({ winston: logger, sinks, files }: Shared): Promise<void> {
  logger.end();
  await Promise.all(sinks.map((sink) => finished(sink)));
  await files.flush();
}

/** A stream that takes winston's entries as objects, at once: it never pushes back, so winston never buffers. */
function lineSink(write: (line: LogLine) => void): Writable {
  return new Writable({
    objectMode: true,
    highWaterMark: Number.MAX_SAFE_INTEGER,
    write: (entry: Readonly<Record<string, unknown>>, _encoding, done) => {
      const line = entry[LINE];
      if (line !== undefined) write(line as LogLine);
      done();
    },
  });
}

/** Trouble with the log files goes to the console: once, then again each time ten times as many lines are lost. */
function troubleReporter(console: NodeJS.WritableStream | null): (error: unknown, lostLines: number) => void {
  let reportAt = 1;
  return (error, lostLines) => {
    if (lostLines < reportAt) return;
    reportAt = lostLines * 10;
    const { name, code } = reducedCause(error);
    const line = `log files cannot be written (${String(code ?? name)}); ${String(lostLines)} lines lost so far\n`;
    (console ?? process.stderr).write(line);
  };
}
