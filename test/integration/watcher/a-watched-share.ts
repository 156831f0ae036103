import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import { InboxWatcher } from '../../../src/adapters/watcher/inbox-watcher.js';
import { ShareGuard } from '../../../src/adapters/watcher/share-guard.js';
import type { SettledFolder } from '../../../src/ports/folder-watcher.js';
import { FakeIntakeMemory } from '../../fakes/fake-intake-memory.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { until } from '../../until.js';

/**
 * Longer than what a share keeps of a file's state (1 s with FUSE, as SMB and NFS do), the time between two sweeps and
 * what a busy machine adds: a file that grew must be seen to have grown before its folder counts as quiet.
 */
export const QUIET_SECONDS = 2.5;
const POLL_SECONDS = 0.2;
/** Between two steps of a slow copy: a whole copy takes longer than the quiet time. */
const PACE_MS = 1_000;
const STEPS = 4;
const LIMIT_MS = 30_000;
/** A step adds a slice and lets one file grow. */
const SLICE = 'x'.repeat(1_000);
/** What an offer of the whole copy says. */
export const WHOLE = { files: STEPS + 1, bytes: 2 * STEPS * SLICE.length };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
/** As `sha256sum` would write it of the whole copy. */
export const MANIFEST = [
  `${sha256(SLICE.repeat(STEPS))}  ./plan.dcm`,
  ...[1, 2, 3, 4].map((step) => `${sha256(SLICE)}  ./CT/${String(step)}.dcm`),
  '',
].join('\n');

/** An inbox on a share with the real watcher on it; everything is written into the source, behind the mount. */
export class AWatchedShare {
  readonly offers: SettledFolder[] = [];
  readonly #log = new FakeLogger();
  readonly #memory = new FakeIntakeMemory();
  #watcher: InboxWatcher | null = null;

  constructor(
    private readonly source: string,
    private readonly inbox: string,
    private readonly readyMarker: string | null = null,
  ) {}

  /** A second call after `stop` is a service started anew, which knows what is kept: what the inbox was, and its folders. */
  async start(): Promise<void> {
    mkdirSync(this.source, { recursive: true });
    const options = {
      inbox: this.inbox,
      createInbox: false,
      layout: '{case}',
      quietSeconds: QUIET_SECONDS,
      readyMarker: this.readyMarker,
      watch: 'auto',
      pollSeconds: POLL_SECONDS,
      folderHash: () => 'hash',
    } as const;
    const clock = new SystemClock();
    const guarding = {
      inbox: this.inbox,
      inboxMarker: null,
      watch: 'auto',
      memory: `${this.source}.seen.json`,
    } as const;
    this.#watcher = new InboxWatcher(
      options,
      clock,
      this.#log,
      new ShareGuard(guarding, clock, this.#log),
      this.#memory,
    );
    await this.#watcher.start((folder) => {
      this.offers.push(folder);
      return Promise.resolve();
    });
  }

  async stop(): Promise<void> {
    await this.#watcher?.stop();
  }

  get mode(): string | undefined {
    return this.#watcher?.state().mode;
  }

  /** One step of a copy, from 1. */
  write(folder: string, step: number): void {
    mkdirSync(join(this.source, folder, 'CT'), { recursive: true });
    writeFileSync(join(this.source, folder, 'CT', `${String(step)}.dcm`), SLICE);
    appendFileSync(join(this.source, folder, 'plan.dcm'), SLICE);
  }

  /** Puts the ready marker into the folder. */
  mark(folder: string, text = ''): void {
    mkdirSync(join(this.source, folder), { recursive: true });
    writeFileSync(join(this.source, folder, String(this.readyMarker)), text);
  }

  markBeside(folder: string): void {
    writeFileSync(join(this.source, `${folder}${String(this.readyMarker)}`), '');
  }

  /** The steps of a copy at their pace, each after the watcher has seen the one before. */
  async copySlowly(folder: string, from = 1, to = STEPS): Promise<void> {
    for (let step = from; step <= to; step += 1) {
      this.write(folder, step);
      await passed(PACE_MS);
      if (step < STEPS) await this.seen(folder, step);
    }
  }

  writeWhole(folder: string): void {
    for (let step = 1; step <= STEPS; step += 1) this.write(folder, step);
  }

  /** Resolves once the watcher knows of all files of this step, and has not yet taken them. */
  async seen(folder: string, step: number): Promise<void> {
    await until(
      `step ${String(step)} of ${folder} is seen and not yet taken`,
      () => this.#watcher?.state().settling.some((each) => each.folder === folder && each.files === step + 1),
      LIMIT_MS,
    );
  }

  async offered(folder: string, count = 1): Promise<void> {
    await until(`offer ${String(count)} of ${folder}`, () => this.offersOf(folder).length >= count, LIMIT_MS);
  }

  /** What was offered of the folder, in order. */
  offersOf(folder: string): readonly { files: number; bytes: number }[] {
    return this.offers.filter((offer) => offer.folder === folder).map(({ files, bytes }) => ({ files, bytes }));
  }
}

/** Resolves when so much real time has passed: mounted file systems know no other. */
export async function passed(ms: number): Promise<void> {
  const end = performance.now() + ms;
  await until('time passes', () => performance.now() >= end, ms + LIMIT_MS);
}
