import { SettingsSchema } from '../../../src/config/settings.js';
import { permanent, transient } from '../../../src/domain/errors.js';
import { Folders } from '../../../src/domain/folders.js';
import type { Engine } from '../../../src/ports/engine.js';
import { aResource } from '../../builders/a-resource.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeDoseMaker } from '../../fakes/fake-dose-maker.js';
import { FakeEngine } from '../../fakes/fake-engine.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { FakeUploadTarget } from '../../fakes/fake-upload-target.js';
import { chances, type Troubles } from './life.js';
import { ModelJobs, type Conduct } from './model-jobs.js';

export const PLACES = 2;

/** Short delays, so that little virtual time is a long time. */
export const SETTINGS = SettingsSchema.parse({
  processing: { maxRetries: 2, retryDelaySeconds: 1, retryDelayCapSeconds: 4 },
  progressTracking: { pollingIntervalSeconds: 30 },
  engine: { timeoutMinutes: 0.5, stallMinutes: 0.5 },
});

/** What outlives any process of ours: the disk, the database, the machine's processes, the targets, and time. */
export class World {
  readonly random: () => number;
  readonly clock = new FakeClock();
  readonly tables = new FakeTables();
  readonly folders = new Folders('/root', '/root/inbox');
  readonly doses = new FakeDoseMaker(this.folders);
  readonly targets = [new FakeUploadTarget('outbox'), new FakeUploadTarget('archive')];
  readonly jobs: ModelJobs;
  readonly engine: Engine;
  readonly resources = Array.from({ length: PLACES }, (_, n) =>
    aResource({ id: `local/GPU-${String(n + 1)}`, uuid: `GPU-${String(n + 1)}` }),
  );
  /** Content of each folder of the inbox. */
  readonly inbox = new Map<string, string>();
  readonly troubles: Troubles = { busy: 0, lost: 0 };
  /** Jobs to come behave like this, in turn; then well. */
  readonly conducts: Conduct[] = [];
  /** Next steps of validation and interpretation that fail or wait. */
  readonly stepTroubles: ('fails' | 'waits' | 'rejects')[] = [];

  /** Services that died, or whose answers were lost, so far. */
  deaths = 0;

  constructor(seed: number) {
    this.random = chances(seed);
    this.jobs = new ModelJobs(this.clock, this.random);
    this.jobs.conduct = () => this.conducts.shift() ?? 'finish';
    this.engine = this.#engine();
  }

  /** Beams of every case: 1 to 3, by the folder's name. */
  static beamCount(folder: string): number {
    return 1 + (folder.charCodeAt(folder.length - 1) % 3);
  }

  /** Nothing goes wrong any more; what hangs already goes on hanging. */
  mend(): void {
    this.troubles.busy = 0;
    this.troubles.lost = 0;
    this.conducts.length = 0;
    this.stepTroubles.length = 0;
    for (const target of this.targets) target.failure = null;
  }

  /** No two attempts give the same dose, so that a mix-up shows. */
  #engine(): Engine {
    const engine = new FakeEngine();
    const judged = engine.judgement;
    engine.judgement = (request, exit) => {
      judged(request, exit);
      if (this.jobs.lied.has(request.folder)) throw permanent('engine.bad-dose', 'the dose is nonsense');
      if (!this.jobs.jobs.has(request.folder)) throw transient('engine.lost', 'no result is there');
    };
    const judge = engine.judge.bind(engine);
    engine.judge = async (request, exit) => {
      const attempt = Number(/attempt-(\d+)$/.exec(request.folder)?.[1]);
      return { ...(await judge(request, exit)), maxGy: attempt };
    };
    return engine;
  }
}
