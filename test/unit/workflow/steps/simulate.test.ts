import { expect } from 'chai';
import { CaseError, input, operator, permanent, transient } from '../../../../src/domain/errors.js';
import { rejection } from '../../../rejection.js';
import { until } from '../../../until.js';
import { SimulationBench, someBeams } from '../simulation-bench.js';

const DONE = { how: 'exited', code: 0 } as const;
const CRASH = { how: 'exited', code: 134 } as const;

describe('the step simulate', () => {
  it('brings every beam to its dose and records where it lies', async () => {
    const bench = new SimulationBench(someBeams(1, 3), { gpus: 2 });
    bench.scheduler.plays = () => ({ lines: ['50%'], end: DONE });
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
    expect(bench.beams.rows.map(({ state }) => state)).to.deep.equal(['converted', 'converted']);
    expect(bench.beam(3)).to.include({ attempt: 1, progress: 100, failures: 0, host: 'local' });
    expect(bench.beam(3).resultPath).to.equal('work/c1/1/dose/RD.003.dcm');
    expect(bench.tables.attempts.map(({ outcome }) => outcome)).to.deep.equal(['done', 'done']);
  });

  it('writes the attempt before anything is started and the job before it waits', async () => {
    const bench = new SimulationBench(someBeams(1));
    bench.engine.prepareFailure = () => {
      expect(bench.beam(1)).to.include({ attempt: 1, state: 'pending' });
      return null;
    };
    const running = bench.run();
    await until('the job is recorded', () => bench.beam(1).state === 'submitted');
    expect(bench.beam(1)).to.include({ resourceId: 'local/GPU-1', attempt: 1 });
    expect(bench.engine.prepared[0]?.gpuUuids).to.deep.equal(['GPU-1']);
    bench.scheduler.end(bench.folder(1), DONE);
    await running;
  });

  it('re-attaches to a job that survived a restart instead of submitting it again', async () => {
    const first = new SimulationBench(someBeams(1));
    const running = rejection(first.run());
    await until('the job runs', () => first.beam(1).state === 'submitted');
    first.stop.abort(new Error('the service stops'));
    await running;
    const second = new SimulationBench([], { before: first });
    const again = second.run();
    first.scheduler.end(first.folder(1), DONE);
    expect(await again).to.deep.equal({ do: 'advance' });
    expect(second.scheduler.submits).to.equal(1);
    expect(second.beam(1)).to.include({ state: 'converted', attempt: 1 });
  });

  it('timing-hole: a job started just before the service died, its handle never recorded, is taken over', async () => {
    const before = new SimulationBench(someBeams(1));
    await before.beams.beginAttempt(before.beam(1), 'service-0', 1);
    before.scheduler.startedEarlier(before.folder(1));
    const bench = new SimulationBench([], { before });
    const running = bench.run();
    await until('it is taken over', () => bench.beam(1).state === 'submitted');
    bench.scheduler.end(bench.folder(1), DONE);
    await running;
    expect(bench.scheduler.submits).to.equal(0);
    expect(bench.beam(1)).to.include({ state: 'converted', attempt: 1 });
  });

  it('timing-hole: an attempt that was begun but never started gives way to a new one', async () => {
    const before = new SimulationBench(someBeams(1));
    await before.beams.beginAttempt(before.beam(1), 'service-0', 1);
    const bench = new SimulationBench([], { before });
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    await bench.run();
    expect(bench.beam(1)).to.include({ state: 'converted', attempt: 2 });
    expect(bench.engine.prepared.map(({ folder }) => folder)).to.deep.equal([bench.folder(1, 2)]);
  });

  it('timing-hole: an attempt that was begun but never started is closed also where no other begins, as the case is held', async () => {
    const before = new SimulationBench(someBeams(1));
    await before.beams.beginAttempt(before.beam(1), 'service-0', 1);
    const bench = new SimulationBench([], { before });
    bench.held = true;
    await bench.run();
    expect(bench.beam(1)).to.include({ state: 'pending', attempt: 1 });
    expect(bench.tables.attempts.map(({ outcome }) => outcome)).to.deep.equal(['lost']);
  });

  it('begins a new attempt for a beam an operator set going again, whatever the old attempt left in its folder', async () => {
    const before = new SimulationBench(someBeams(1));
    before.scheduler.plays = () => ({ lines: [], end: CRASH });
    before.engine.judgement = () => {
      throw permanent('engine.bad-dose', 'it is negative');
    };
    await rejection(before.run());
    await before.beams.move(before.beam(1), { event: 'reopen', change: { job: null, failures: 0 }, at: 9 });
    const bench = new SimulationBench([], { before });
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
    expect(bench.beam(1)).to.include({ state: 'converted', attempt: 2, failures: 0 });
  });

  it('converts a beam executed before the restart without running its engine again', async () => {
    const bench = new SimulationBench([{ ...someBeams(1)[0]!, state: 'executed', attempt: 4 }]);
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
    expect(bench.scheduler.submits).to.equal(0);
    expect(bench.engine.judged[0]?.request.folder).to.equal(bench.folder(1, 4));
    expect(bench.beam(1).state).to.equal('converted');
  });

  it('calculates an executed beam anew when its result is gone', async () => {
    const bench = new SimulationBench([{ ...someBeams(1)[0]!, state: 'executed', attempt: 1 }]);
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    bench.engine.judgement = ({ folder }) => {
      if (folder === bench.folder(1, 1)) throw permanent('engine.bad-dose', 'it is missing');
    };
    const running = bench.run();
    await until('it waits to be tried again', () => bench.clock.sleeping > 0);
    await bench.clock.advance(10_000);
    await running;
    expect(bench.beam(1)).to.include({ state: 'converted', attempt: 2, failures: 1 });
  });

  it('tries a crashed beam again in a fresh folder after a delay, while the others go on', async () => {
    const bench = new SimulationBench(someBeams(1, 2), { gpus: 1 });
    bench.scheduler.plays = ({ folder }) => ({ lines: [], end: folder === bench.folder(1) ? CRASH : DONE });
    const running = bench.run();
    await until('beam 2 is done', () => bench.beam(2).state === 'converted');
    expect(bench.beam(1)).to.include({ state: 'pending', failures: 1 });
    expect(bench.beam(1).error?.code).to.equal('engine.crashed');
    expect(bench.beam(1).notBefore).to.be.greaterThan(bench.clock.now());
    await bench.clock.advance(10_000);
    await running;
    expect(bench.beam(1)).to.include({ state: 'converted', attempt: 2, error: null });
    expect(bench.tables.attempts.map(({ outcome }) => outcome)).to.have.members(['retried', 'done', 'done']);
  });

  it('begins no attempt while the scheduler takes no jobs, however long, and goes on by itself', async () => {
    const bench = new SimulationBench(someBeams(1));
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    bench.scheduler.readyFailure = transient('host.unreachable', 'Slurm does not answer');
    const running = bench.run();
    for (let i = 0; i < 10; i++) await bench.clock.advance(10_000);
    expect(bench.beam(1)).to.include({ state: 'pending', attempt: 0, failures: 0 });
    bench.scheduler.readyFailure = null;
    await bench.clock.advance(10_000);
    expect(await running).to.deep.equal({ do: 'advance' });
    expect(bench.beam(1)).to.include({ state: 'converted', attempt: 1, failures: 0 });
  });

  it('notes what a job waits for before it begins, and that it runs', async () => {
    const bench = new SimulationBench(someBeams(1));
    const running = bench.run();
    await until('the job is recorded', () => bench.beam(1).state === 'submitted');
    bench.scheduler.waitsFor(bench.folder(1), 'Slurm to start it (Resources)');
    await until('it is noted', () => bench.beam(1).waitingFor === 'Slurm to start it (Resources)');
    bench.scheduler.waitsFor(bench.folder(1), null);
    await until('it is forgotten', () => bench.beam(1).waitingFor === null);
    bench.scheduler.end(bench.folder(1), DONE);
    await running;
  });

  it('keeps the finished beams when another has used up its retries, and says which and why', async () => {
    const bench = new SimulationBench(someBeams(1, 2, 3), { gpus: 3 });
    bench.scheduler.plays = ({ folder }) => ({ lines: [], end: folder.includes('beam-003') ? CRASH : DONE });
    const running = rejection(bench.run());
    await until('beam 3 has failed', async () => {
      await bench.clock.advance(1_000);
      return bench.beam(3).state === 'failed';
    });
    const error = await running;
    expect(error).to.be.instanceOf(CaseError).and.include({ severity: 'permanent', code: 'engine.crashed' });
    expect((error as CaseError).message).to.match(/^2 of 3 beams done; beam 3: .*exit code 134.*tried 4 times$/);
    expect(bench.beams.rows.map(({ state }) => state)).to.deep.equal(['converted', 'converted', 'failed']);
    expect(await rejection(bench.run())).to.include({ severity: 'permanent', code: 'engine.crashed' });
    expect(bench.scheduler.submits).to.equal(6);
  });

  it('rejects a beam the engine cannot model, at once', async () => {
    const bench = new SimulationBench(someBeams(1));
    bench.engine.prepareFailure = () => input('engine.unsupported', 'an aperture is not modelled');
    expect(await rejection(bench.run())).to.include({ severity: 'input', code: 'engine.unsupported' });
    expect(bench.beam(1)).to.include({ state: 'failed', failures: 1 });
    expect(bench.tables.attempts[0]?.outcome).to.equal('rejected');
  });

  it('asks for a person when only a person can help, and goes on with a new attempt afterwards', async () => {
    const bench = new SimulationBench(someBeams(1));
    bench.scheduler.submitFailure = operator('disk.full', 'the disk is full');
    expect(await rejection(bench.run())).to.include({ severity: 'operator', code: 'disk.full' });
    expect(bench.beam(1)).to.include({ state: 'pending', failures: 0 });
    bench.scheduler.submitFailure = null;
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
    expect(bench.beam(1)).to.include({ state: 'converted', attempt: 2 });
  });

  it('tries a stopped or stalled engine again', async () => {
    const bench = new SimulationBench(someBeams(1));
    const running = bench.run();
    await until('the job runs', () => bench.beam(1).state === 'submitted');
    bench.scheduler.end(bench.folder(1), transient('engine.stalled', 'did nothing for 15 min'));
    await until('it waits', () => bench.clock.sleeping > 0);
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    await bench.clock.advance(10_000);
    await running;
    expect(bench.scheduler.limits[0]).to.deep.equal({ timeoutMs: 7_200_000, stallMs: 900_000, maxLogBytes: 2 ** 30 });
    expect(bench.beam(1)).to.include({ state: 'converted', attempt: 2 });
  });

  it('outcome-ownership: a result of an attempt that is no longer current is not written', async () => {
    const bench = new SimulationBench(someBeams(1));
    const running = rejection(bench.run());
    await until('the job runs', () => bench.beam(1).state === 'submitted');
    await bench.beams.move(bench.beam(1), { event: 'cancel', at: 5, outcome: 'cancelled' });
    bench.scheduler.end(bench.folder(1), DONE);
    expect(await running).to.include({ code: 'beam.cancelled' });
    expect(bench.beam(1).state).to.equal('cancelled');
    expect(bench.doses.made.size).to.equal(0);
  });

  it('lets go at once when the service stops and leaves the job running', async () => {
    const bench = new SimulationBench(someBeams(1, 2));
    const running = rejection(bench.run());
    await until('the job runs', () => bench.beam(1).state === 'submitted');
    const reason = new Error('the service stops');
    bench.stop.abort(reason);
    expect(await running).to.equal(reason);
    expect(bench.scheduler.running).to.deep.equal([bench.folder(1)]);
    expect(bench.scheduler.killed).to.deep.equal([]);
    expect(bench.beam(1)).to.include({ state: 'submitted', failures: 0 });
  });

  it('starts nothing new while the case is held, lets what runs go on, and then waits', async () => {
    const bench = new SimulationBench(someBeams(1, 2));
    const running = bench.run();
    await until('the job runs', () => bench.beam(1).state === 'submitted');
    bench.held = true;
    bench.scheduler.end(bench.folder(1), DONE);
    expect(await running).to.include({ do: 'wait', waitingFor: 'held' });
    expect(bench.beams.rows.map(({ state }) => state)).to.deep.equal(['converted', 'pending']);
    expect(bench.beam(2).attempt).to.equal(0);
  });

  it('gives the slot on before the RT Dose is written', async () => {
    const bench = new SimulationBench(someBeams(1, 2), { gpus: 1 });
    bench.scheduler.plays = () => ({ lines: [], end: DONE });
    let finish: () => void = () => undefined;
    bench.doses.beforeBeam = (beamNumber) =>
      beamNumber === 2
        ? Promise.resolve()
        : new Promise((resolve) => {
            finish = resolve;
          });
    const running = bench.run();
    await until('beam 2 is done while beam 1 is converted', () => bench.beam(2).state === 'converted');
    expect(bench.beam(1).state).to.equal('executed');
    finish();
    await running;
  });

  it('shows progress of beams and case, and writes at most once a second for a beam', async () => {
    const bench = new SimulationBench(someBeams(1, 2), { gpus: 2 });
    const running = bench.run();
    await until('both run', () => bench.scheduler.running.length === 2);
    await until('both are recorded', () => bench.beams.rows.every(({ state }) => state === 'submitted'));
    bench.scheduler.say(bench.folder(1), '20%');
    await until('it is shown', () => bench.beam(1).progress === 20);
    bench.scheduler.say(bench.folder(1), '30%');
    await bench.clock.advance(1_000);
    expect(bench.beam(1).progress).to.equal(20);
    bench.scheduler.say(bench.folder(1), '40%');
    await until('it is shown', () => bench.beam(1).progress === 40);
    expect((await bench.cases.get('c1'))?.progress).to.equal(26);
    for (const beamNumber of [1, 2]) bench.scheduler.end(bench.folder(beamNumber), DONE);
    await running;
    expect((await bench.cases.get('c1'))?.progress).to.equal(90);
  });
});
