import { join } from 'node:path';
import { CaseError } from '../../../../src/domain/errors.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { StepOutcome } from '../../../../src/ports/step.js';
import type { UploadTarget } from '../../../../src/ports/upload-target.js';
import { aBeam } from '../../../builders/a-beam.js';
import { aCase } from '../../../builders/a-case.js';
import { someDelivery } from '../../../builders/some-delivery.js';
import { someSettings } from '../../../builders/some-settings.js';
import { FakeBeamStore } from '../../../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../../../fakes/fake-case-store.js';
import { FakeCaseUploadStore } from '../../../fakes/fake-case-upload-store.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeDeliveryStore } from '../../../fakes/fake-delivery-store.js';
import { FakeDoseMaker } from '../../../fakes/fake-dose-maker.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { FakeReceiptStore } from '../../../fakes/fake-receipt-store.js';
import { FakeTargetStore } from '../../../fakes/fake-target-store.js';
import { FakeUploadTarget } from '../../../fakes/fake-upload-target.js';

const ENGINE = {
  path: '/dose.mha',
  grid: { originMm: [0, 0, 0], spacingMm: [1, 1, 1], size: [1, 1, 1] },
  maxGy: 1,
  remarks: [],
} as const;

/** The step upload on fakes: case `c1` of two beams, whose doses are made, and two targets. A step is tried twice again. */
export class UploadBench {
  readonly kase = aCase({ id: 'c1', state: 'assembled' });
  readonly folders: Folders;
  readonly beams = new FakeBeamStore();
  readonly cases = new FakeCaseStore();
  readonly deliveries = new FakeDeliveryStore();
  readonly doses: FakeDoseMaker;
  readonly receipts = new FakeReceiptStore();
  readonly uploads = new FakeCaseUploadStore(this.receipts.tables);
  readonly targetStates = new FakeTargetStore(this.receipts.tables);
  readonly clock = new FakeClock();
  readonly log = new FakeLogger();
  readonly stop = new AbortController();
  settings = someSettings({ processing: { maxRetries: 2 } });
  held = false;
  outbox = new FakeUploadTarget('outbox');
  archive = new FakeUploadTarget('archive');
  /** Of the objects of the case, in order. */
  readonly uids: string[] = [];

  private constructor(root: string) {
    this.folders = new Folders(root, join(root, 'inbox'));
    this.doses = new FakeDoseMaker(this.folders);
    this.receipts.tables.cases.set(this.kase.id, this.kase);
    this.cases.tables.cases.set(this.kase.id, this.kase);
  }

  static async in(root: string): Promise<UploadBench> {
    const bench = new UploadBench(root);
    const { kase, doses, beams, uids } = bench;
    const made = [];
    for (const beamNumber of [1, 2]) {
      const dose = await doses.beamDose(kase, '/plan', beamNumber, ENGINE);
      made.push(dose);
      const beam = aBeam({ beamNumber, state: 'converted', resultSha256: dose.sha256 });
      beams.tables.beams.set(beam.id, beam);
    }
    made.push(await doses.planDose(kase, '/plan', made));
    uids.push(...made.map((dose) => dose.sopInstanceUid));
    return bench;
  }

  /** All that delivers, of a process that has just started. */
  parts(targets: readonly UploadTarget[] = [this.outbox, this.archive]): ReturnType<typeof someDelivery> {
    const { cases, beams, doses, receipts, uploads, targetStates, deliveries, folders, clock, log, settings } = this;
    const ports = { cases, beams, doses, receipts, uploads, targetStates, deliveries, folders, clock, log, settings };
    return someDelivery({ ...ports, targets });
  }

  run(of = this.kase): Promise<StepOutcome> {
    return this.parts().step.run(of, { signal: this.stop.signal, log: this.log, held: () => this.held });
  }

  /** Long enough for any probe and any retry to be due. */
  later(): void {
    this.clock.setNow(this.clock.now() + 3_600_000);
  }

  /** Severity and code of what it fails with; `no failure` also when it waits. */
  async failure(): Promise<string> {
    try {
      await this.run();
    } catch (error) {
      if (error instanceof CaseError) return `${error.severity} ${error.code}`;
      throw error;
    }
    return 'no failure';
  }

  async statuses(target: string): Promise<readonly string[]> {
    return (await this.receipts.ofCase('c1')).filter((row) => row.target === target).map(({ status }) => status);
  }
}
