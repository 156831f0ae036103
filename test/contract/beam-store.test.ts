import { expect } from 'chai';
import { toFailure, transient } from '../../src/domain/errors.js';
import type { Beam } from '../../src/domain/beam.js';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { aResource } from '../builders/a-resource.js';
import { aJob } from '../builders/a-job.js';
import { rejection } from '../rejection.js';
import { onAllStores } from '../test-databases.js';

const NOW = 1_770_000_000_000;

describe('beam store', () => {
  onAllStores((stores) => {
    beforeEach(async () => {
      await stores().seed({
        cases: [aCase({ id: 'c1', state: 'interpreted' }), aCase({ id: 'c2', state: 'interpreted' })],
        beams: [aBeam({ beamNumber: 2 }), aBeam(), aBeam({ caseId: 'c2', beamNumber: 0, state: 'submitted' })],
      });
    });

    it('lists the beams of a case by number, and jobs that may be running by state', async () => {
      expect((await stores().beams.ofCase('c1')).map(({ beamNumber }) => beamNumber)).to.deep.equal([1, 2]);
      expect((await stores().beams.submitted()).map(({ id }) => id)).to.deep.equal(['c2/0']);
      expect(await stores().beams.get('c1/1')).to.deep.equal(aBeam());
      expect(await stores().beams.get('c1/9')).to.equal(null);
    });

    it('lists what an interrupted cancel left over: open beams of cancelled cases', async () => {
      await stores().seed({
        cases: [aCase({ id: 'c3', state: 'cancelled' })],
        beams: [
          aBeam({ caseId: 'c3', beamNumber: 1, state: 'submitted', job: aJob() }),
          aBeam({ caseId: 'c3', beamNumber: 2 }),
          aBeam({ caseId: 'c3', beamNumber: 3, state: 'converted' }),
          aBeam({ caseId: 'c3', beamNumber: 4, state: 'cancelled' }),
        ],
      });
      expect((await stores().beams.leftOver()).map(({ id }) => id).sort()).to.deep.equal(['c3/1', 'c3/2']);
    });

    it('opens an attempt before anything is started, with a number never used before', async () => {
      const begun = await stores().beams.beginAttempt(aBeam(), 'service-1', NOW);
      expect(begun).to.include({ state: 'pending', attempt: 1, version: 2, progress: 0, job: null });
      expect(await stores().beams.get('c1/1')).to.deep.equal(begun);
      const [attempt] = await stores().cases.attemptsOf('c1');
      expect(attempt).to.include({ step: 'simulate', beamNumber: 1, attempt: 1, outcome: null, startedAt: NOW });
      expect((await stores().beams.beginAttempt(begun, 'service-1', NOW)).attempt).to.equal(2);
      const outcomes = (await stores().cases.attemptsOf('c1')).map(({ outcome }) => outcome);
      expect(outcomes).to.deep.equal(['lost', null]);
    });

    it('begins no attempt of a beam whose job may be running', async () => {
      const [running] = await stores().beams.submitted();
      const begun = stores().beams.beginAttempt(running!, 'service-1', NOW);
      expect(await rejection(begun)).to.include({ code: 'beam.illegal-transition' });
    });

    it('follows a beam from submission to its dose', async () => {
      let beam = await stores().beams.beginAttempt(aBeam(), 'service-1', NOW);
      beam = await stores().beams.move(beam, { event: 'submit', change: { job: aJob(), host: 'local' }, at: NOW });
      expect(beam).to.deep.include({ state: 'submitted', job: aJob(), host: 'local' });
      beam = await stores().beams.move(beam, {
        event: 'execute',
        change: { finishedAt: NOW },
        at: NOW,
        outcome: 'done',
      });
      beam = await stores().beams.move(beam, {
        event: 'convert',
        change: { resultPath: 'work/c1/1/dose/RD.001.dcm', resultSha256: 'ab' },
        at: NOW + 1,
      });
      expect(beam).to.include({ state: 'converted', resultSha256: 'ab', attempt: 1 });
      expect(await stores().beams.get('c1/1')).to.deep.equal(beam);
      expect((await stores().cases.attemptsOf('c1'))[0]).to.include({ outcome: 'done', finishedAt: NOW });
    });

    it('keeps where each attempt ran, also once the beam has gone on elsewhere', async () => {
      for (const host of ['here', 'there']) {
        await stores().resources.sync(host, [aResource({ id: `${host}/GPU-1`, host })]);
      }
      const submit = (beam: Beam, host: string): Promise<Beam> => {
        const change = { job: aJob(), host, resourceId: `${host}/GPU-1` };
        return stores().beams.move(beam, { event: 'submit', change, at: NOW });
      };
      const first = await submit(await stores().beams.beginAttempt(aBeam(), 'service-1', NOW), 'here');
      const back = await stores().beams.move(first, { event: 'reset', at: NOW, outcome: 'retried' });
      await submit(await stores().beams.beginAttempt(back, 'service-1', NOW), 'there');
      const places = (await stores().cases.attemptsOf('c1')).map(({ host, resourceId }) => [host, resourceId]);
      expect(places).to.deep.equal([
        ['here', 'here/GPU-1'],
        ['there', 'there/GPU-1'],
      ]);
    });

    it('keeps why an attempt failed and puts the beam back', async () => {
      const failure = toFailure(transient('engine.lost', 'the engine vanished'));
      const begun = await stores().beams.beginAttempt(aBeam(), 'service-1', NOW);
      const change = { failures: 1, notBefore: NOW + 5, error: failure };
      const back = await stores().beams.move(begun, { event: 'reset', change, at: NOW, outcome: 'retried', failure });
      expect(back).to.deep.include({ state: 'pending', ...change });
      expect((await stores().cases.attemptsOf('c1'))[0]).to.deep.include({ outcome: 'retried', error: failure });
    });

    it('refuses a result of an older attempt', async () => {
      const first = await stores().beams.beginAttempt(aBeam(), 'service-1', NOW);
      const submitted = await stores().beams.move(first, { event: 'submit', change: { job: aJob() }, at: NOW });
      const back = await stores().beams.move(submitted, { event: 'reset', at: NOW, outcome: 'lost' });
      const second = await stores().beams.beginAttempt(back, 'service-2', NOW);
      const late = stores().beams.move(submitted, { event: 'execute', at: NOW, outcome: 'done' });
      expect(await rejection(late)).to.include({ code: 'beam.lost-race', severity: 'transient' });
      expect(await stores().beams.get('c1/1')).to.deep.equal(second);
    });

    it('lets one of two simultaneous attempts begin', async () => {
      const both = await Promise.allSettled([
        stores().beams.beginAttempt(aBeam(), 'service-1', NOW),
        stores().beams.beginAttempt(aBeam(), 'service-2', NOW),
      ]);
      expect(both.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
      expect(await stores().cases.attemptsOf('c1')).to.have.lengthOf(1);
    });

    it('takes progress of the present attempt only, and only upwards', async () => {
      const first = await stores().beams.beginAttempt(aBeam(), 'service-1', NOW);
      await stores().beams.noteProgress(first, 40.5);
      await stores().beams.noteProgress(first, 12);
      expect(await stores().beams.get('c1/1')).to.include({ progress: 40.5, version: first.version });
      await stores().beams.beginAttempt(first, 'service-1', NOW);
      await stores().beams.noteProgress(first, 90);
      expect(await stores().beams.get('c1/1')).to.include({ progress: 0 });
    });

    it('notes what the job of the present attempt waits for, and forgets it with the next one', async () => {
      const first = await stores().beams.beginAttempt(aBeam(), 'service-1', NOW);
      await stores().beams.noteWaiting(first, 'Slurm to start it (Priority)');
      expect(await stores().beams.get('c1/1')).to.include({
        waitingFor: 'Slurm to start it (Priority)',
        version: first.version,
      });
      await stores().beams.beginAttempt(first, 'service-1', NOW);
      await stores().beams.noteWaiting(first, 'of an attempt that is over');
      expect(await stores().beams.get('c1/1')).to.include({ waitingFor: null });
    });

    it('refuses a move that the table of states does not hold', async () => {
      const converted = stores().beams.move(aBeam(), { event: 'convert', at: NOW });
      expect(await rejection(converted)).to.include({ code: 'beam.illegal-transition', severity: 'bug' });
      expect(await stores().beams.get('c1/1')).to.deep.equal(aBeam());
    });
  });
});
