import { Inject, Service } from 'typedi';
import { awayOf } from '../domain/away.js';
import { shareWords } from '../domain/case-folder.js';
import { toCaseError } from '../domain/errors.js';
import { CaseQueries } from '../ports/case-queries.js';
import { DiskSpace } from '../ports/disk-space.js';
import { Inboxes } from '../ports/inboxes.js';
import { Settings } from '../ports/settings.js';

const GIB = 2 ** 30;

/** `fail`: no case can be worked on to its end. `warn`: some wait, or the slower way is taken. */
export type ReadinessState = 'ok' | 'warn' | 'fail';

export interface ReadinessCheck {
  readonly name: 'database' | 'share' | 'disk' | 'hosts' | 'targets';
  readonly state: ReadinessState;
  /** Why, in words that name no folder and no patient. */
  readonly words: string;
  readonly code: string | null;
  readonly remedy: string | null;
}

type Judged = Omit<ReadinessCheck, 'name'>;

const ok = (words: string): Judged => ({ state: 'ok', words, code: null, remedy: null });
const wrong = (state: 'warn' | 'fail', code: string, words: string, remedy: string): Judged => ({
  ...{ state, code, words, remedy },
});

/** Whether the service can take and finish cases now, by what it last saw; asks nobody outside but database and disk. */
@Service()
export class Readiness {
  constructor(
    @Inject(CaseQueries) private readonly queries: Pick<CaseQueries, 'countByState' | 'resources' | 'targets'>,
    @Inject(Inboxes) private readonly inboxes: Pick<Inboxes, 'states'>,
    @Inject(DiskSpace) private readonly disk: DiskSpace,
    @Inject(Settings) private readonly settings: Pick<Settings, 'root' | 'intake'>,
  ) {}

  /** Never rejects: what cannot be asked has failed. */
  async look(): Promise<readonly ReadinessCheck[]> {
    const looks: Readonly<Record<ReadinessCheck['name'], () => Promise<Judged>>> = {
      database: async () => {
        await this.queries.countByState();
        return ok('the database answers');
      },
      share: () => Promise.resolve(this.#share()),
      disk: () => this.#room(),
      hosts: () => this.#hosts(),
      targets: () => this.#targets(),
    };
    const checks: ReadinessCheck[] = [];
    for (const [name, look] of Object.entries(looks) as [ReadinessCheck['name'], () => Promise<Judged>][]) {
      checks.push({ name, ...(await judged(look)) });
    }
    return checks;
  }

  #share(): Judged {
    const states = this.inboxes.states();
    const lost = states.filter(({ lostSince }) => lostSince !== null);
    if (lost.length === 0) return ok(states.length > 1 ? 'all shares are there' : 'the share is there');
    const words = lost.map(
      ({ inbox, lostSince, lostBecause }) =>
        `${shareWords(inbox)} is lost since ${new Date(lostSince ?? 0).toISOString()}: ${lostBecause ?? 'unknown why'}`,
    );
    const rest = lost.length < states.length ? '; the other inboxes are watched' : '';
    const remedy = 'bring the share back; cases wait for it and go on by themselves';
    return wrong('fail', 'intake.share-lost', `${words.join('; ')}${rest}`, remedy);
  }

  async #room(): Promise<Judged> {
    const { root, intake } = this.settings;
    const freeGiB = (await this.disk.freeBytes(root)) / GIB;
    const words = `${freeGiB.toFixed(1)} GiB are free`;
    if (freeGiB >= intake.minFreeGiB) return ok(words);
    const asked = `${words}, ${String(intake.minFreeGiB)} GiB are asked for: cases wait`;
    return wrong('fail', 'disk.full', asked, 'make room on the disk of the root');
  }

  /** By the places as they were last seen: a host that is away has its places marked so. */
  async #hosts(): Promise<Judged> {
    const places = (await this.queries.resources()).map(({ resource }) => resource);
    const dark = places.filter(
      ({ outOfService, occupied, host }) => outOfService !== null || awayOf({ host, occupied }) !== null,
    );
    if (places.length === 0) return wrong('warn', 'hosts.unseen', 'no place was seen yet', 'wait for the first look');
    if (dark.length === 0) return ok(`all ${String(places.length)} places are in service`);
    const words = [
      ...new Set(dark.map(({ id, outOfService, occupied }) => `${id}: ${outOfService ?? occupied ?? ''}`)),
    ];
    const all = dark.length === places.length;
    return wrong(all ? 'fail' : 'warn', 'hosts.away', words.slice(0, 5).join('; '), 'mqi gpus shows all places');
  }

  async #targets(): Promise<Judged> {
    const down = (await this.queries.targets()).filter(({ target }) => target.state === 'down');
    if (down.length === 0) return ok('no upload target is known to be down');
    const words = down.map(
      ({ target: { name, error }, waiting }) =>
        `upload target ${name} is down, ${String(waiting)} cases wait: ${error?.message ?? 'unknown why'}`,
    );
    const remedy = down[0]?.target.error?.remedy ?? 'mqi targets says when each is tried again';
    return wrong('warn', 'upload.target-down', words.join('; '), remedy);
  }
}

async function judged(look: () => Promise<Judged>): Promise<Judged> {
  try {
    return await look();
  } catch (thrown) {
    const { code, message, remedy } = toCaseError(thrown);
    return wrong('fail', code, message, remedy);
  }
}
