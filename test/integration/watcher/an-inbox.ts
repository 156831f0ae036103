import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openInboxEvents, type OpenEvents } from '../../../src/adapters/watcher/event-source.js';
import { InboxWatcher, type InboxWatcherOptions } from '../../../src/adapters/watcher/inbox-watcher.js';
import { ShareGuard } from '../../../src/adapters/watcher/share-guard.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { ControlFile, SettledFolder } from '../../../src/ports/folder-watcher.js';
import type { InboxGuard } from '../../../src/ports/inbox-guard.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeIntakeMemory } from '../../fakes/fake-intake-memory.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

interface Offer extends SettledFolder {
  /** performance.now() at the hand-over. */
  readonly at: number;
}

/** A real inbox for each test of the surrounding suite, with watchers on it that end with the test. */
export class AnInbox {
  readonly #temp = tempFolder();
  #watchers: InboxWatcher[] = [];
  offers: Offer[] = [];
  controls: ControlFile[] = [];
  /** What the callback answers to a control file. */
  onControl: (file: ControlFile) => Promise<boolean> = () => Promise.resolve(true);
  log = new FakeLogger();
  /** `intake.inboxMarker` */
  marker: string | null = null;
  clock: Clock = new SystemClock();
  openEvents: OpenEvents = openInboxEvents;
  /** What is remembered over restarts; a new one is a new database. */
  memory = new FakeIntakeMemory();
  /** What the callback does beside noting the offer. */
  onOffer: (folder: SettledFolder) => Promise<void> = () => Promise.resolve();

  constructor() {
    beforeEach(() => {
      this.offers = [];
      this.controls = [];
      this.onControl = () => Promise.resolve(true);
      this.log = new FakeLogger();
      this.clock = new SystemClock();
      this.marker = null;
      this.onOffer = () => Promise.resolve();
      this.openEvents = openInboxEvents;
      this.memory = new FakeIntakeMemory();
      mkdirSync(this.path);
    });
    afterEach(async () => {
      await Promise.all(this.#watchers.map((watcher) => watcher.stop()));
      this.#watchers = [];
    });
  }

  get path(): string {
    return join(this.#temp.path, 'inbox');
  }

  /** A place beside the inbox. */
  beside(name: string): string {
    return join(this.#temp.path, name);
  }

  /** Writes files (`path: content`) below the inbox. */
  write(files: Record<string, string>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, path)), { recursive: true });
      writeFileSync(join(this.path, path), content);
    }
  }

  /** As if the service started now. The disk is real, and so is the time it may take to answer. */
  guard(): InboxGuard {
    const memory = this.beside('inbox-seen.json');
    return new ShareGuard(
      { inbox: this.path, inboxMarker: this.marker, watch: 'auto', memory },
      new SystemClock(),
      this.log,
    );
  }

  make(options: Partial<InboxWatcherOptions> = {}): InboxWatcher {
    const defaults = {
      inbox: this.path,
      createInbox: false,
      layout: '{case}',
      quietSeconds: 0.3,
      readyMarker: null,
      watch: 'events',
      pollSeconds: 60,
      folderHash: (folder: string) => `hash of ${String(folder.length)}`,
    } as const;
    const made = { ...defaults, ...options };
    const watcher = new InboxWatcher(made, this.clock, this.log, this.guard(), this.memory, this.openEvents);
    this.#watchers.push(watcher);
    return watcher;
  }

  async watch(options: Partial<InboxWatcherOptions> = {}): Promise<InboxWatcher> {
    const watcher = this.make(options);
    await watcher.start(
      async (folder) => {
        await this.onOffer(folder);
        this.offers.push({ ...folder, at: performance.now() });
      },
      (file) => {
        this.controls.push(file);
        return this.onControl(file);
      },
    );
    return watcher;
  }

  /** Resolves with the `count`-th offer (from 1) of the folder. */
  offer(folder: string, count = 1, limitMs = 20_000): Promise<Offer> {
    return until(`offer ${String(count)} of ${folder}`, () => this.#offersOf(folder)[count - 1], limitMs);
  }

  /** From now on time stands still, but for what the test lets pass; the disk and its events are real. */
  holdTime(): FakeClock {
    const clock = new FakeClock();
    this.clock = clock;
    return clock;
  }

  offered(): readonly string[] {
    return this.offers.map(({ folder }) => folder).sort();
  }

  #offersOf(folder: string): readonly Offer[] {
    return this.offers.filter((offer) => offer.folder === folder);
  }
}

/** A folder that will be offered later than anything dropped before it: then nothing before it was missed or late. */
export async function afterAnotherDrop(inbox: AnInbox, prefix = ''): Promise<void> {
  inbox.write({ [`${prefix}zz-later/file`]: 'x' });
  await inbox.offer(`${prefix}zz-later`);
}

/** Resolves once the watcher has seen the folder change at the present, standing time. */
export async function seenNow(watcher: InboxWatcher, clock: FakeClock, folder: string): Promise<void> {
  await until('the change is seen', () =>
    watcher.state().settling.some((each) => each.folder === folder && each.lastChangeAt === clock.now()),
  );
}

/** Held time that is let pass at most: half of it would do for what the tests wait for. */
const LONGEST_MS = 60 * 60_000;

/**
 * Lets time pass in steps of 100 ms until the condition holds; gives how long that took, ms. Each step waits for the disk,
 * which is real: else the time of the test would run ahead of it, the further the busier the machine.
 *
 * Only held time is limited, and no step is followed by a pause: hundreds of steps with one after each, as `until` makes,
 * took 2 s, and on a busy machine, where it pauses four times as long as a step took, its limit of 20 s.
 */
export async function passTime(clock: FakeClock, what: string, condition: () => boolean): Promise<number> {
  const from = clock.now();
  do {
    if (clock.now() - from > LONGEST_MS)
      throw new Error(`${String(LONGEST_MS)} ms of held time passed without: ${what}`);
    await clock.advance(100);
    await diskAtRest();
  } while (!condition());
  return clock.now() - from;
}

/**
 * Lets so much time pass in such steps. With one long `clock.advance` a sweep that waits for the disk takes all of it, by the
 * held clock, and the pause after a sweep is never shorter than it took.
 */
export async function letPass(clock: FakeClock, ms: number): Promise<void> {
  const from = clock.now();
  await passTime(clock, 'it has passed', () => clock.now() - from >= ms);
}

/** One that does not answer is not waited for. */
const LONGEST_CALL_MS = 1_000;

/** Resolves when no call of this process to a file system is under way. */
async function diskAtRest(): Promise<void> {
  const end = performance.now() + LONGEST_CALL_MS;
  const isBusy = (): boolean => process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
  while (isBusy() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
}
