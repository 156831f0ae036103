import { expect } from 'chai';
import type { Case } from '../../../src/domain/case.js';
import type { CaseRecord } from '../../../src/ports/case-queries.js';
import { caseDetailView, caseView } from '../../../src/workflow/case-view.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aJob } from '../../builders/a-job.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { anAttempt } from '../../builders/an-attempt.js';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const row = (change: Partial<Case>, beamsDone = 0) => ({ kase: aCase(change), beamsDone });
const status = (change: Partial<Case>, beamsDone = 0) => caseView(row(change, beamsDone), NOW).status;
const failure = {
  code: 'engine.crashed',
  severity: 'transient',
  message: 'the engine ended with 3',
  remedy: 'r',
} as const;

const record = (change: Partial<CaseRecord>): CaseRecord => ({
  kase: aCase({ id: 'c1' }),
  beamsDone: 0,
  beams: [],
  attempts: [],
  transitions: [],
  receipts: [],
  deliveries: [],
  ...change,
});

describe('the view of a case', () => {
  it('has exactly the fields that scripts rely on', () => {
    expect(Object.keys(caseView(row({}), NOW))).to.have.members([
      'id', 'inbox', 'folder', 'run', 'state', 'status', 'progress', 'priority', 'planLabel', 'planSopInstanceUid', 'duplicateOf', 'beamCount',
      'beamsDone', 'waitingFor', 'attempt', 'nextAttemptAt', 'error', 'createdAt', 'updatedAt', 'finishedAt',
    ]); // prettier-ignore
  });

  it('gives times as ISO 8601 UTC and no time as null', () => {
    const view = caseView(row({ createdAt: NOW, updatedAt: NOW + 1500 }), NOW);
    expect(view.createdAt).to.equal('2026-11-23T12:00:00.000Z');
    expect(view.updatedAt).to.equal('2026-11-23T12:00:01.500Z');
    expect(view.finishedAt).to.equal(null);
  });

  it('never rounds progress up to 100 before the case is complete', () => {
    expect(caseView(row({ progress: 99.97 }), NOW).progress).to.equal(99.9);
    expect(caseView(row({ progress: 100 }), NOW).progress).to.equal(100);
  });

  it('says what runs while the lease holds, and what the case is queued for when it does not', () => {
    const leased = { leaseOwner: 's', leasedUntil: NOW + 1 };
    expect(status({ state: 'registered', ...leased })).to.equal('checking the folder');
    expect(status({ state: 'registered', leaseOwner: 's', leasedUntil: NOW })).to.equal('queued for checking');
    expect(status({ state: 'assembled', ...leased })).to.equal('delivering');
  });

  it('counts the finished beams while dose is calculated', () => {
    const running = { state: 'interpreted', beamCount: 3, leasedUntil: NOW + 1 } as const;
    expect(status(running, 1)).to.equal('calculating dose (1 of 3 beams done)');
  });

  it('says why a case is held, and that an operator is waited for', () => {
    const view = caseView(row({ heldBecause: 'ask the planner', notBefore: NOW + 5 }), NOW);
    expect(view.status).to.equal('held: ask the planner');
    expect(view.waitingFor).to.equal('an operator: ask the planner');
    expect(view.nextAttemptAt).to.equal(null);
  });

  it('says what is missing while a case waits for files', () => {
    const view = caseView(row({ waitingFor: 'CT slices 3 to 5', notBefore: NOW + 1000 }), NOW);
    expect(view.status).to.equal('waiting for CT slices 3 to 5');
    expect(view.waitingFor).to.equal('CT slices 3 to 5');
    expect(view.nextAttemptAt).to.equal('2026-11-23T12:00:01.000Z');
  });

  it('says which failure is waited out before the next attempt', () => {
    const view = caseView(row({ attempt: 2, error: failure, notBefore: NOW + 1000 }), NOW);
    expect(view.status).to.equal('waiting to try again after failure 2: the engine ended with 3');
    expect(view.error).to.deep.equal(failure);
  });

  it('tells of an ended case why it ended, and that it waits for nothing', () => {
    expect(status({ state: 'rejected', error: { ...failure, message: 'no plan' } })).to.equal('rejected: no plan');
    expect(status({ state: 'completed' })).to.equal('completed');
    const view = caseView(row({ state: 'failed', waitingFor: 'x', notBefore: NOW + 1 }), NOW);
    expect([view.waitingFor, view.nextAttemptAt]).to.deep.equal([null, null]);
  });
});

describe('the view of one case in full', () => {
  const submitted = aBeam({
    beamNumber: 2,
    state: 'submitted',
    job: aJob(),
    resourceId: 'local/GPU-1',
    host: 'local',
    startedAt: NOW,
    progress: 33.37,
    attempt: 1,
  });

  it('has exactly the fields of a beam that scripts rely on', () => {
    const [beam] = caseDetailView(record({ beams: [submitted] }), NOW).beams;
    expect(beam).to.deep.equal({
      number: 2,
      name: 'G270',
      state: 'submitted',
      progress: 33.3,
      machine: 'G1',
      gantryAngleDeg: 270,
      layers: 12,
      spots: 480,
      meterset: 95.5,
      energyMinMeV: 82.3,
      energyMaxMeV: 151.7,
      gpu: 'GPU-1',
      host: 'local',
      jobId: '4242',
      attempt: 1,
      startedAt: '2026-11-23T12:00:00.000Z',
      finishedAt: null,
      error: null,
      resultPath: null,
    });
  });

  it('says that a case whose beams all stand in line waits for a free slot', () => {
    const kase = aCase({ state: 'interpreted', beamCount: 2, leasedUntil: NOW + 1 });
    const inLine = caseDetailView(record({ kase, beams: [aBeam(), aBeam({ beamNumber: 2 })] }), NOW);
    expect(inLine.waitingFor).to.equal('a free slot');
    expect(inLine.status).to.equal('waiting for a free slot (0 of 2 beams done)');
    const running = caseDetailView(record({ kase, beams: [aBeam(), submitted] }), NOW);
    expect(running.waitingFor).to.equal(null);
  });

  it('says what the jobs of a case wait for in the queue of a cluster, until one of them runs', () => {
    const kase = aCase({ state: 'interpreted', beamCount: 2, leasedUntil: NOW + 1 });
    const queued = { ...submitted, waitingFor: 'Slurm to start it (Priority)' };
    const other = aBeam({ beamNumber: 2 });
    const inQueue = caseDetailView(record({ kase, beams: [queued, other] }), NOW);
    expect(inQueue.waitingFor).to.equal('Slurm to start it (Priority)');
    expect(inQueue.status).to.equal('waiting for Slurm to start it (Priority) (0 of 2 beams done)');
    const runs = { ...submitted, beamNumber: 2, waitingFor: null };
    expect(caseDetailView(record({ kase, beams: [queued, runs] }), NOW).waitingFor).to.equal(null);
  });

  it('shows attempts, moves and receipts without the numbers of their rows', () => {
    const view = caseDetailView(
      record({
        attempts: [anAttempt({ startedAt: NOW })],
        transitions: [
          {
            id: 7,
            caseId: 'c1',
            event: 'register',
            from: null,
            to: 'registered',
            reason: null,
            actor: 'service',
            at: NOW,
          },
        ],
        receipts: [aReceipt({ at: NOW })],
      }),
      NOW,
    );
    const at = '2026-11-23T12:00:00.000Z';
    expect(view.transitions).to.deep.equal([
      { event: 'register', from: null, to: 'registered', reason: null, actor: 'service', at },
    ]);
    expect(Object.keys(view.attempts[0] ?? {})).to.deep.equal([
      'step', 'beamNumber', 'attempt', 'owner', 'outcome', 'startedAt', 'finishedAt', 'error',
    ]); // prettier-ignore
    expect(Object.keys(view.receipts[0] ?? {})).to.deep.equal([
      'target', 'sopInstanceUid', 'status', 'location', 'sha256', 'verifiedBy', 'attempts', 'peerSaid', 'at',
    ]); // prettier-ignore
    expect(view.receipts[0]?.at).to.equal(at);
  });
});
