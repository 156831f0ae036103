import { transient } from '../../../src/domain/errors.js';
import { Folders } from '../../../src/domain/folders.js';
import type { TargetState } from '../../../src/domain/target-state.js';
import type { UploadTarget } from '../../../src/ports/upload-target.js';
import { ServiceIdentity } from '../../../src/workflow/service-identity.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { WorkflowManager } from '../../../src/workflow/workflow-manager.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { someDelivery } from '../../builders/some-delivery.js';
import { someSettings } from '../../builders/some-settings.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeCaseUploadStore } from '../../fakes/fake-case-upload-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeDeliveryStore } from '../../fakes/fake-delivery-store.js';
import { FakeDoseMaker } from '../../fakes/fake-dose-maker.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeReceiptStore } from '../../fakes/fake-receipt-store.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { FakeTargetStore } from '../../fakes/fake-target-store.js';
import { FakeUploadTarget } from '../../fakes/fake-upload-target.js';

const ENGINE = {
  path: '/dose.mha',
  grid: { originMm: [0, 0, 0], spacingMm: [1, 1, 1], size: [1, 1, 1] },
  maxGy: 1,
  remarks: [],
} as const;

/** A target that can be switched off, and takes its time. Counts. */
class SlowTarget extends FakeUploadTarget {
  attempts = 0;
  inside = 0;
  mostInside = 0;

  constructor(
    name: string,
    private readonly clock: FakeClock,
    private readonly takesMs: number,
    optional = false,
  ) {
    super(name, optional);
  }

  override async deliver(...[kase, dose, signal]: Parameters<UploadTarget['deliver']>) {
    this.attempts += 1;
    this.inside += 1;
    this.mostInside = Math.max(this.mostInside, this.inside);
    try {
      await this.clock.sleep(this.takesMs, signal);
      return await super.deliver(kase, dose, signal);
    } finally {
      this.inside -= 1;
    }
  }
}

export interface OutageOptions {
  readonly concurrency: number;
  readonly ratePerMinute: number | null;
  /** For one object. */
  readonly takesMs: number;
  readonly optional?: boolean;
  /** Longest time between two probes. */
  readonly probeCapSeconds?: number;
  readonly processing?: object;
}

/** The real workflow and delivery on stores in memory and a clock of its own: cases of one beam, a PACS and an outbox. */
export class OutagePlay {
  readonly clock = new FakeClock();
  readonly tables = new FakeTables();
  readonly pacs: SlowTarget;
  readonly outbox: SlowTarget;
  readonly #cases = new FakeCaseStore(this.tables);
  readonly #doses: FakeDoseMaker;
  readonly #folders = new Folders('/root', '/root/inbox');
  #manager: WorkflowManager | null = null;
  #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: OutageOptions) {
    this.pacs = new SlowTarget('pacs', this.clock, options.takesMs, options.optional);
    this.outbox = new SlowTarget('outbox', this.clock, 10);
    this.#doses = new FakeDoseMaker(this.#folders);
  }

  /** So many cases more, ready to be delivered. */
  async drop(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const number = this.tables.cases.size;
      const id = `case${String(number).padStart(4, '0')}`;
      const kase = aCase({ id, folder: id, state: 'assembled', beamCount: 1, createdAt: number });
      const beam = await this.#doses.beamDose(kase, '/plan', 1, ENGINE);
      await this.#doses.planDose(kase, '/plan', [beam]);
      const row = aBeam({ id: `${id}/1`, caseId: id, beamNumber: 1, state: 'converted', resultSha256: beam.sha256 });
      this.tables.beams.set(row.id, row);
      this.tables.cases.set(id, kase);
    }
    this.#manager?.nudge();
  }

  start(): void {
    const { concurrency, ratePerMinute, probeCapSeconds = 60, processing = {} } = this.options;
    const entry = { name: 'pacs', kind: 'folder', path: 'p', concurrency, ratePerMinute, probeCapSeconds };
    const settings = someSettings({ processing, uploads: [entry, { name: 'outbox', kind: 'folder', path: 'o' }] });
    const log = new FakeLogger();
    const { step, watchOf } = someDelivery({
      targets: [this.pacs, this.outbox],
      cases: this.#cases,
      beams: new FakeBeamStore(this.tables),
      doses: this.#doses,
      receipts: new FakeReceiptStore(this.tables),
      uploads: new FakeCaseUploadStore(this.tables),
      targetStates: new FakeTargetStore(this.tables),
      deliveries: new FakeDeliveryStore(this.tables),
      folders: this.#folders,
      clock: this.clock,
      log,
      settings,
    });
    const slots = { prioritise: () => undefined, forget: () => undefined } as unknown as Slots;
    const manager = new WorkflowManager(this.#cases, [step], this.clock, log, settings, new ServiceIdentity(), slots);
    this.#manager = manager;
    this.#stop = new AbortController();
    const watch = watchOf(manager);
    this.#running = Promise.all([manager.run(this.#stop.signal), watch.run(this.#stop.signal)]);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stops'));
    await this.clock.advance(20_000);
    await this.#running;
  }

  away(isAway: boolean): void {
    this.pacs.failure = isAway ? transient('upload.unavailable', 'upload target pacs cannot be reached') : null;
  }

  /** Lets time pass until `isIt`, looking every so often; the ms it took, Infinity when it did not come about. */
  async until(isIt: () => boolean, everyMs: number, limitMs: number): Promise<number> {
    const startedAt = this.clock.monotonicMs();
    while (!isIt()) {
      if (this.clock.monotonicMs() - startedAt > limitMs) return Infinity;
      await this.clock.advance(everyMs);
    }
    return this.clock.monotonicMs() - startedAt;
  }

  count(state: string): number {
    return [...this.tables.cases.values()].filter((kase) => kase.state === state).length;
  }

  get state(): TargetState | undefined {
    return this.tables.targets.get('pacs');
  }

  /** Objects that are not at the target though a receipt says so, or that nobody has a receipt of; and those there twice. */
  lostOrDoubled(): readonly string[] {
    const found: string[] = [];
    for (const target of [this.pacs, this.outbox]) {
      for (const { sopInstanceUid, sha256 } of this.#doses.made.values()) {
        const kept = target.stored.get(sopInstanceUid);
        const receipts = [...this.tables.receipts.values()].filter(
          (row) => row.target === target.name && row.sopInstanceUid === sopInstanceUid && row.status === 'delivered',
        );
        if (kept !== sha256 || receipts.length !== 1) found.push(`${sopInstanceUid} at ${target.name}`);
      }
      if (target.stored.size !== this.#doses.made.size) found.push(`${target.name} holds more than was made`);
    }
    return found;
  }
}
