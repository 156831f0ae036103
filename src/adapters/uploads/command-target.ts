import type { Case } from '../../domain/case.js';
import { filled } from '../../domain/delivery-name.js';
import { type CaseError, operator, permanent, transient } from '../../domain/errors.js';
import type { Receipt } from '../../domain/receipt.js';
import { peerWords } from '../../domain/peer-words.js';
import type { Clock } from '../../ports/clock.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import type { CommandEnd, Host } from '../../ports/host.js';
import type { UploadTarget } from '../../ports/upload-target.js';
import { deliveredReceipt } from './delivered-receipt.js';

export interface CommandTargetOptions {
  readonly name: string;
  readonly optional: boolean;
  /** With placeholders (domain/delivery-name.ts); never seen by a shell. */
  readonly argv: readonly string[];
  readonly timeoutMinutes: number;
  /** Exit codes after which nothing is tried again. */
  readonly permanentExitCodes: readonly number[];
}

const MS_PER_MINUTE = 60_000;

/**
 * Delivers by a program of the site, once for each object. Exit code 0 says that the object is there and proven; the
 * program must take the same object again as delivered, since its answer may be lost with us.
 */
export class CommandTarget implements UploadTarget {
  readonly kind = 'command';
  readonly name: string;
  readonly optional: boolean;

  constructor(
    private readonly options: CommandTargetOptions,
    private readonly host: Pick<Host, 'run'>,
    private readonly clock: Clock,
  ) {
    this.name = options.name;
    this.optional = options.optional;
  }

  async deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt> {
    signal.throwIfAborted();
    const values = { file: dose.path, sha256: dose.sha256 };
    const argv = this.options.argv.map((text) => filled(text, kase, dose, values));
    const running = this.host.run(argv, this.options.timeoutMinutes * MS_PER_MINUTE);
    const end = await unlessAborted(signal, running);
    return deliveredReceipt(this.name, kase, dose, {
      location: `program of ${this.name}`,
      verifiedBy: 'exit code 0 of the program',
      peerSaid: peerWords(this.#lastLine(end, kase), kase),
      at: this.clock.now(),
    });
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  /** The program is not run: it would deliver. Whether there is one is seen with the first object. */
  check(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  /** The last that it printed, where it went well; throws otherwise. */
  #lastLine(end: CommandEnd, kase: Case): string {
    switch (end.how) {
      case 'exited':
        if (end.code === 0) return lastLine(end.stdout);
        throw this.#failure(end.code, peerWords(`${lastLine(end.stderr)} ${lastLine(end.stdout)}`, kase));
      case 'not-found':
        throw operator('upload.no-program', `the program of upload target ${this.name} is not there`, {
          remedy: 'install it, or correct command.argv of the target, then: mqi resume ID',
        });
      case 'too-late':
        throw transient(
          'upload.unavailable',
          `the program of upload target ${this.name} did not end within ${String(this.options.timeoutMinutes)} min`,
        );
      case 'broken':
        throw transient('upload.unavailable', `the program of upload target ${this.name} failed: ${end.reason}`);
    }
  }

  #failure(code: number, words: string | null): CaseError {
    const ended = `the program of upload target ${this.name} ended with code ${String(code)}`;
    const message = words === null ? ended : `${ended}: ${words}`;
    const peerSaid = `exit code ${String(code)}${words === null ? '' : `: ${words}`}`;
    if (!this.options.permanentExitCodes.includes(code)) return transient('upload.unavailable', message, { peerSaid });
    return permanent('upload.refused', message, { peerSaid, remedy: 'read what the program says, then: mqi retry ID' });
  }
}

/** Programs say at their end how it went; what comes before may be long. */
const lastLine = (text: string): string =>
  text
    .trim()
    .split(/[\r\n]+/)
    .at(-1) ?? '';

/** What the work gives, or the signal's reason; then the program goes on to its end or its time limit. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}
