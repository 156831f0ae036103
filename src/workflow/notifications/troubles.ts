import { Inject, Service } from 'typedi';
import { shareWords } from '../../domain/case-folder.js';
import { LEFT_TO_OTHERS } from '../../domain/gpu-rules.js';
import { toCaseError } from '../../domain/errors.js';
import type { Lasting, LastingKind, Occurrence } from '../../domain/notification.js';
import { CaseQueries } from '../../ports/case-queries.js';
import { Clock } from '../../ports/clock.js';
import { DiskSpace } from '../../ports/disk-space.js';
import { Inboxes } from '../../ports/inboxes.js';
import { RunFeed } from '../../ports/run-feed.js';
import { Settings } from '../../ports/settings.js';
import { noProgress } from './case-occurrence.js';

const GIB = 2 ** 30;
/** More are told of as the first ones move. */
const MOST_UNMOVED = 200;

/** What lasts now, and which kinds could not be looked at: of those nothing is over. */
export interface Troubles {
  readonly now: readonly Lasting[];
  readonly unknown: readonly LastingKind[];
}

type Told = Pick<Occurrence, 'subject' | 'words'> & Partial<Occurrence>;

/** Looks for everything wrong that lasts: shares, GPUs, disk, upload targets, cases that do not move. Changes nothing. */
@Service()
export class TroubleLook {
  constructor(
    @Inject(Inboxes) private readonly inboxes: Pick<Inboxes, 'states'>,
    @Inject(CaseQueries) private readonly queries: Pick<CaseQueries, 'resources' | 'targets'>,
    @Inject(DiskSpace) private readonly disk: DiskSpace,
    @Inject(RunFeed) private readonly feed: Pick<RunFeed, 'unmoved'>,
    @Inject(Clock) private readonly clock: Pick<Clock, 'now'>,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** Each kind by itself: a disk that does not answer hides no GPU. Failures are told to `failed`. */
  async look(failed: (kind: LastingKind, code: string, thrown: unknown) => void): Promise<Troubles> {
    const looks: Readonly<Record<LastingKind, () => Promise<readonly Lasting[]>>> = {
      'share-lost': () => Promise.resolve(this.#shares()),
      'gpu-lost': () => this.#gpus(),
      'disk-low': () => this.#disk(),
      'target-down': () => this.#targets(),
      'no-progress': () => this.#unmoved(),
    };
    const now: Lasting[] = [];
    const unknown: LastingKind[] = [];
    for (const [kind, look] of Object.entries(looks) as [LastingKind, () => Promise<readonly Lasting[]>][]) {
      try {
        now.push(...(await look()));
      } catch (thrown) {
        unknown.push(kind);
        failed(kind, toCaseError(thrown).code, thrown);
      }
    }
    return { now, unknown };
  }

  #shares(): readonly Lasting[] {
    return this.inboxes.states().flatMap(({ inbox, lostSince, lostBecause }) => {
      if (lostSince === null) return [];
      const words = `is lost: ${lostBecause ?? 'unknown why'}`;
      const remedy = 'bring the share back; cases wait for it and go on by themselves';
      return [
        this.#lasting(
          'share-lost',
          inbox,
          { subject: shareWords(inbox), words, remedy, code: 'intake.share-lost' },
          lostSince,
        ),
      ];
    });
  }

  /** As the watch last wrote it (table gpu_resources): a GPU the configuration leaves to others is none of ours. */
  async #gpus(): Promise<readonly Lasting[]> {
    const places = await this.queries.resources();
    return places.flatMap(({ resource: { id, kind, outOfService } }) => {
      if (kind !== 'gpu' || outOfService === null || outOfService === LEFT_TO_OTHERS) return [];
      const words = `is out of service: ${outOfService}`;
      const remedy = 'its beams go on elsewhere; mqi gpus shows what is left';
      return [this.#lasting('gpu-lost', id, { subject: `GPU ${id}`, words, remedy, code: 'gpu.lost' })];
    });
  }

  async #disk(): Promise<readonly Lasting[]> {
    const { minFreeGiB } = this.settings.intake;
    const lowGiB = this.settings.notifications.diskLowGiB ?? 2 * minFreeGiB;
    const freeGiB = (await this.disk.freeBytes(this.settings.root)) / GIB;
    if (freeGiB >= lowGiB) return [];
    const words = `has ${freeGiB.toFixed(1)} GiB free, less than ${String(lowGiB)} GiB; below ${String(minFreeGiB)} GiB cases wait`;
    const remedy = 'make room on the disk of the root; see retention in the configuration';
    return [this.#lasting('disk-low', 'root', { subject: 'the disk of the root', words, remedy, code: 'disk.low' })];
  }

  async #targets(): Promise<readonly Lasting[]> {
    const targets = await this.queries.targets();
    return targets.flatMap(({ target: { name, state, downSince, error }, waiting }) => {
      if (state !== 'down') return [];
      const words = `is down, ${String(waiting)} cases wait for it: ${error?.message ?? 'unknown why'}`;
      const told = {
        subject: `upload target ${name}`,
        words,
        code: error?.code ?? null,
        remedy: error?.remedy ?? null,
      };
      return [this.#lasting('target-down', name, told, downSince ?? undefined)];
    });
  }

  async #unmoved(): Promise<readonly Lasting[]> {
    const minutes = this.settings.notifications.noProgressMinutes;
    const at = this.clock.now();
    const unmoved = await this.feed.unmoved(at - minutes * 60_000, MOST_UNMOVED);
    return unmoved.map((one) => this.#lasting('no-progress', one.kase.id, noProgress(one, at, minutes)));
  }

  #lasting(kind: LastingKind, what: string, told: Told, since = this.clock.now()): Lasting {
    const nothing = { code: null, remedy: null, caseId: null, run: null, inbox: null, machines: [], folder: null };
    return { key: `${kind} ${what}`, since, occurrence: { ...nothing, at: since, ...told, kind } };
  }
}
