import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { formatAcceptedCase } from '../../../../src/domain/accepted-case.js';
import type { Case } from '../../../../src/domain/case.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { Step, StepContext, StepOutcome } from '../../../../src/ports/step.js';
import { DiskRoom } from '../../../../src/workflow/disk-room.js';
import { AdmittedStep, RoomFirstStep } from '../../../../src/workflow/steps/room-first.js';
import { aBeam } from '../../../builders/a-beam.js';
import { accepted } from '../../../builders/an-accepted-case.js';
import { aCase } from '../../../builders/a-case.js';
import { aPlanFile, anInventory } from '../../../builders/an-inventory.js';
import { someSettings } from '../../../builders/some-settings.js';
import { FakeBeamStore } from '../../../fakes/fake-beam-store.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeDiskSpace } from '../../../fakes/fake-disk-space.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { FakeTables } from '../../../fakes/fake-tables.js';
import { tempFolder } from '../../../temp-folder.js';
import { until } from '../../../until.js';

const GIB = 2 ** 30;

describe('a disk that runs short', () => {
  const temp = tempFolder();
  const log = new FakeLogger();
  const stop = new AbortController();
  const context: StepContext = { signal: stop.signal, log, held: () => false };
  let clock: FakeClock;
  let disk: FakeDiskSpace;
  let room: DiskRoom;
  let folders: Folders;
  let tables: FakeTables;
  let started: string[];
  let endWork: () => void;

  const advance: StepOutcome = { do: 'advance' };
  const quick = (outcome: StepOutcome = advance): Step => ({
    name: 'interpret',
    run: (kase) => {
      started.push(kase.id);
      return Promise.resolve(outcome);
    },
  });
  const long: Step = {
    name: 'simulate',
    run: (kase) => {
      started.push(kase.id);
      return new Promise(
        (resolve) =>
          (endWork = () => {
            resolve(advance);
          }),
      );
    },
  };

  /** In the water phantom of 2 GiB voxels x 16 bytes: one beam and the plan need a little over 4 GiB. */
  function anAcceptedCase(change: Partial<Case> = {}): Case {
    const kase = aCase({ state: 'validated', beamCount: 1, ...change });
    mkdirSync(dirname(folders.inventory(kase)), { recursive: true });
    writeFileSync(folders.inventory(kase), formatAcceptedCase(anInventory(), aPlanFile(), accepted()));
    return kase;
  }

  const roomFirst = (step: Step): RoomFirstStep => new RoomFirstStep(step, room, new FakeBeamStore(tables), clock);

  beforeEach(() => {
    clock = new FakeClock();
    disk = new FakeDiskSpace();
    folders = new Folders(join(temp.path, 'root'), join(temp.path, 'inbox'));
    tables = new FakeTables();
    started = [];
    const settings = someSettings({
      root: join(temp.path, 'root'),
      geometry: { phantom: { sizeMm: [640, 640, 655.36], spacingMm: 1 } },
    });
    room = new DiskRoom(disk, settings, folders, clock, log);
  });

  it('keeps a new case registered, saying so, without a failure, and lets it go on when there is room', async () => {
    const step = new AdmittedStep(quick(), room, clock);
    const kase = aCase();
    disk.free = 5 * GIB - 1;
    const outcome = await step.run(kase, context);
    expect(outcome).to.deep.include({ do: 'wait', lookAgainAt: clock.now() + 10_000 });
    expect(outcome)
      .to.have.property('waitingFor')
      .that.matches(/^disk space: 5\.0 GiB free, .*intake\.minFreeGiB/);
    expect(started).to.deep.equal([]);
    disk.free = 5 * GIB;
    expect(await step.run(kase, context)).to.deep.equal(advance);
  });

  it('keeps a case registered that is found too large for what is left', async () => {
    const beams = [aBeam()];
    const step = new AdmittedStep(quick({ do: 'advance', beams }), room, clock);
    const kase = anAcceptedCase({ state: 'registered', beamCount: 0 });
    disk.free = 9 * GIB;
    expect(await step.run(kase, context))
      .to.have.property('waitingFor')
      .that.contains('needed');
    disk.free = 12 * GIB;
    expect(await step.run(kase, context)).to.deep.include({ do: 'advance' });
  });

  it('lets no case write that does not fit, and says the space once as an error', async () => {
    const kase = anAcceptedCase();
    disk.free = 8 * GIB;
    const before = log.lines.length;
    for (let look = 0; look < 3; look++) {
      expect(await roomFirst(quick()).run(kase, context)).to.have.property('do', 'wait');
    }
    expect(started).to.deep.equal([]);
    expect(log.lines.slice(before).map(({ level, message }) => `${level} ${message}`)).to.deep.equal([
      'error disk space is short, cases wait',
    ]);
  });

  it('never promises the same room to two cases: the second begins when the first has ended', async () => {
    disk.free = 14 * GIB;
    const [first, second] = [anAcceptedCase(), anAcceptedCase()];
    const one = roomFirst(long).run(first, context);
    await until('the first has begun', () => started.length === 1);
    const two = roomFirst(quick()).run(second, context);
    await until('the second waits', () => clock.sleeping === 1);
    await clock.advance(60_000);
    expect(started).to.deep.equal([first.id]);
    endWork();
    expect(await one).to.deep.equal(advance);
    expect(await two).to.deep.equal(advance);
    expect(started).to.deep.equal([first.id, second.id]);
  });

  it('lets a case go on whose engine may be running, however little room there is', async () => {
    const kase = anAcceptedCase({ state: 'interpreted' });
    const beam = aBeam({ caseId: kase.id, attempt: 1, state: 'submitted' });
    tables.beams.set(beam.id, beam);
    disk.free = 0;
    expect(await roomFirst(quick()).run(kase, context)).to.deep.equal(advance);
  });
});
