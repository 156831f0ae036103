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

  describe('that crashed over its input, which the next attempt gets again', () => {
    const asserted = transient('engine.crashed', "exit code 134: mqi_grid3d.hpp:485: Assertion `t' failed", {
      repeats: true,
    });
    const second = aBeam({ beamNumber: 1, failures: 1 });

    it('it gets one try more, and fails for good when that ends in the same words', () => {
      expect(fateOfBeam(asserted, aBeam({ beamNumber: 1, failures: 0 }), [], RETRIES).verdict.do).to.equal('retry');
      const { verdict, failures, error } = fateOfBeam(asserted, second, rows(1, asserted), RETRIES);
      expect([verdict.do, failures, error.severity]).to.deep.equal(['fail', 2, 'permanent']);
      expect(error.message).to.contain("Assertion `t' failed").and.to.contain('twice alike');
    });

    it('that its place was taken away in between changes nothing of that', () => {
      const attempts = [...rows(1, asserted), ...rows(2, preempted)];
      expect(fateOfBeam(asserted, second, attempts, RETRIES).verdict.do).to.equal('fail');
    });

    it('other words, what may end otherwise, another beam, and an operator who set it going anew leave it all its tries', () => {
      const other = transient('engine.crashed', 'exit code 139', { repeats: true });
      expect(fateOfBeam(asserted, second, rows(1, other), RETRIES).verdict.do).to.equal('retry');
      expect(fateOfBeam(crashed, second, rows(1, crashed), RETRIES).verdict.do).to.equal('retry');
      const neighbours = rows(1, asserted).map((row) => ({ ...row, beamNumber: 2 }));
      expect(fateOfBeam(asserted, second, neighbours, RETRIES).verdict.do).to.equal('retry');
      expect(fateOfBeam(asserted, { ...second, failures: 0 }, rows(1, asserted), RETRIES).verdict.do).to.equal('retry');
    });
  });
});
