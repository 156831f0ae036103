import { expect } from 'chai';
import type { Attempt } from '../../../../src/domain/case.js';
import { toFailure, transient } from '../../../../src/domain/errors.js';
import { fateOfBeam, MOST_DISPLACED } from '../../../../src/workflow/steps/beam-fate.js';
import { aBeam } from '../../../builders/a-beam.js';
import { anAttempt } from '../../../builders/an-attempt.js';

const RETRIES = { maxRetries: 3, baseMs: 1_000, capMs: 60_000 };
const preempted = transient('engine.preempted', 'Slurm took the place away');
const crashed = transient('engine.crashed', 'exit code 1');

describe('what becomes of a beam whose attempt failed', () => {
  const rows = (count: number, error = preempted, outcome: Attempt['outcome'] = 'retried'): Attempt[] =>
    Array.from({ length: count }, (_, i) =>
      anAttempt({ step: 'simulate', beamNumber: 1, attempt: i + 1, outcome, error: toFailure(error) }),
    );
  const beam = aBeam({ beamNumber: 1, failures: 2 });

  const displaced = ['engine.node-lost', 'engine.preempted', 'engine.requeued', 'engine.not-launched'];
  for (const code of [...displaced, 'gpu.lost', 'gpu.busy']) {
    it(`${code} does not count against maxRetries, however often`, () => {
      const fate = fateOfBeam(transient(code, 'x'), { ...beam, failures: 3 }, rows(10), RETRIES);
      expect(fate).to.deep.include({ failures: 3 });
      expect(fate.verdict.do).to.equal('retry');
    });
  }

  for (const code of ['slurm.busy', 'slurm.lost']) {
    it(`${code}: the cluster takes no job now, which is waited for as long as it takes, at the longest pace in the end`, () => {
      const full = transient(code, 'Slurm takes no more jobs now');
      const { verdict, failures } = fateOfBeam(full, { ...beam, failures: 3 }, rows(500, full), RETRIES);
      expect([verdict.do, failures]).to.deep.equal(['retry', 3]);
      expect('inMs' in verdict && verdict.inMs).to.be.within(30_000, 60_000);
      const first = fateOfBeam(full, beam, rows(1, crashed), RETRIES).verdict;
      expect('inMs' in first && first.inMs).to.be.within(500, 1_000);
    });
  }

  it('that a full cluster took no job in between is no end of being displaced again and again', () => {
    const full = rows(3, transient('slurm.busy', 'full'));
    const fate = fateOfBeam(preempted, beam, [...rows(MOST_DISPLACED - 1), ...full], RETRIES);
    expect(fate.verdict).to.deep.equal({ do: 'hold' });
  });

  it('a place that is taken away again and again is asked for ever more slowly', () => {
    const { verdict } = fateOfBeam(preempted, beam, rows(9), RETRIES);
    expect(verdict).to.have.property('do', 'retry');
    expect('inMs' in verdict && verdict.inMs).to.be.within(30_000, 60_000);
  });

  it('and in the end a person is asked, whose resume begins the count anew', () => {
    const fate = fateOfBeam(preempted, beam, rows(MOST_DISPLACED - 1), RETRIES);
    expect(fate.verdict).to.deep.equal({ do: 'hold' });
    expect(fate.error).to.include({ code: 'engine.displaced', severity: 'operator' });
    const held = [...rows(MOST_DISPLACED - 1), ...rows(1, fate.error, 'held'), ...rows(1)];
    expect(fateOfBeam(preempted, beam, held, RETRIES).verdict.do).to.equal('retry');
  });

  it('in words that say where to look: at the GPUs, when it was one of them that was lost or taken again and again', () => {
    const fate = fateOfBeam(transient('gpu.busy', 'GPU-1 is held by another'), beam, rows(MOST_DISPLACED - 1), RETRIES);
    expect(fate.verdict).to.deep.equal({ do: 'hold' });
    expect(fate.error.message).to.equal('GPU-1 is held by another; so it went 20 times in a row');
    expect(fate.error.remedy).to.contain('mqi gpus');
  });

  it('what an engine did between two such ends begins the count anew, too, and counts itself', () => {
    const between = [...rows(MOST_DISPLACED - 1), ...rows(1, crashed)];
    expect(fateOfBeam(preempted, beam, between, RETRIES).verdict.do).to.equal('retry');
    expect(fateOfBeam(crashed, beam, between, RETRIES)).to.deep.include({ failures: 3 });
    expect(fateOfBeam(crashed, { ...beam, failures: 3 }, between, RETRIES).verdict).to.deep.equal({ do: 'fail' });
  });

  it('other beams of the case do not count', () => {
    const others = rows(MOST_DISPLACED).map((row) => ({ ...row, beamNumber: 2 }));
    expect(fateOfBeam(preempted, beam, others, RETRIES).verdict.do).to.equal('retry');
  });
});
