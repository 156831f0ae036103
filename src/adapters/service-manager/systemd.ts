import { execFile } from 'node:child_process';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { ServiceManager } from '../../ports/service-manager.js';

const PROGRAM = 'systemd-notify';
/** Beyond this, systemd does not listen; the next message is tried all the same. */
const LONGEST_MS = 10_000;
/** Two messages may be late before the time is over. */
const MESSAGES_PER_TIME = 3;
const US_PER_MS = 1000;

/** What systemd gives a service of `Type=notify` (sd_notify(3), sd_watchdog_enabled(3)). */
export type SystemdVariables = Readonly<
  Partial<Record<'NOTIFY_SOCKET' | 'WATCHDOG_USEC' | 'WATCHDOG_PID' | 'PATH', string>>
>;

/**
 * Tells systemd by its own program, since Node has no datagram sockets of the unix kind
 * (docs/adr/0186-systemd-is-told-by-its-own-program.md). Without `NOTIFY_SOCKET` nothing is done.
 */
export class Systemd implements ServiceManager {
  #hasFailed = false;

  constructor(
    private readonly given: SystemdVariables,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly pid = process.pid,
  ) {}

  ready(): Promise<void> {
    return this.#tell('READY=1');
  }

  stopping(): Promise<void> {
    return this.#tell('STOPPING=1');
  }

  async keepAlive(signal: AbortSignal): Promise<void> {
    const everyMs = this.#everyMs();
    if (everyMs === null) return;
    while (!signal.aborted) {
      await this.#tell('WATCHDOG=1');
      await this.clock.sleep(everyMs, signal);
    }
  }

  /** Null where nobody wants to hear it, or where it is another process that has to say it. */
  #everyMs(): number | null {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: time, WATCHDOG_PID: pid } = this.given;
    const us = Number(time);
    const isMeant = pid === undefined || pid === '' || Number(pid) === this.pid;
    if (socket === undefined || socket === '' || !isMeant || !Number.isSafeInteger(us) || us <= 0) return null;
    return us / US_PER_MS / MESSAGES_PER_TIME;
  }

  /** Never rejects: systemd itself acts on messages that do not come. */
  #tell(message: string): Promise<void> {
    const { NOTIFY_SOCKET: socket, PATH: path } = this.given;
    if (socket === undefined || socket === '') return Promise.resolve();
    const env = { NOTIFY_SOCKET: socket, ...(path === undefined ? {} : { PATH: path }) };
    return new Promise((resolve) => {
      execFile(PROGRAM, [message], { env, timeout: LONGEST_MS }, (failure) => {
        if (failure !== null && !this.#hasFailed) this.log.warn('systemd could not be told', {}, failure);
        this.#hasFailed = failure !== null;
        resolve();
      });
    });
  }
}
