import { expect } from 'chai';
import type { Beam } from '../../../src/domain/beam.js';
import { estimatorFrom, workOf } from '../../../src/domain/estimate.js';
import { etasOf, type OpenBeam } from '../../../src/domain/eta.js';
import { aBeam } from '../../builders/a-beam.js';

const NOW = 1_000_000;
const finished = (spots: number, tookMs: number): Beam =>
  aBeam({ spots, state: 'converted', startedAt: NOW - tookMs, finishedAt: NOW });

describe('the expected time of a beam', () => {
  it('is not known before any beam has finished', () => {
    expect(estimatorFrom([])(aBeam())).to.equal(null);
    expect(estimatorFrom([aBeam({ state: 'converted', startedAt: null, finishedAt: 5 })])(aBeam())).to.equal(null);
  });

  it('is the middle one of those that have, while they are few or all alike', () => {
    expect(estimatorFrom([finished(10, 4_000), finished(900, 9_000), finished(20, 5_000)])(aBeam())).to.equal(5_000);
    const alike = Array.from({ length: 9 }, (_, n) => finished(10, 1_000 + n));
    expect(estimatorFrom(alike)(aBeam({ spots: 10_000 }))).to.equal(1_004);
  });

  it('grows with spots and depth as that of similar beams did, whatever a few odd ones did', () => {
    const per = 2_000 / workOf(aBeam({ spots: 100 }));
    const regular = [100, 200, 300, 400, 500, 600, 700].map((spots) =>
      finished(spots, 3_000 + Math.round(per * workOf(aBeam({ spots })))),
    );
    const odd = [finished(150, 3_600_000), finished(650, 100)];
    const estimate = estimatorFrom([...odd, ...regular]);
    expect(estimate(aBeam({ spots: 1_000 }))).to.be.within(21_000, 25_000);
    const deep = aBeam({ spots: 500, energyMinMeV: 200, energyMaxMeV: 220 });
    const shallow = aBeam({ spots: 500, energyMinMeV: 70, energyMaxMeV: 90 });
    expect(estimate(deep)).to.be.greaterThan((estimate(shallow) ?? NaN) * 1.5);
  });

  it('never falls with more spots', () => {
    const falling = [1, 2, 3, 4, 5, 6].map((n) => finished(n * 100, 10_000 - n * 1_000));
    const estimate = estimatorFrom(falling);
    expect(estimate(aBeam({ spots: 10_000 }))).to.equal(estimate(aBeam({ spots: 1 })));
  });
});

describe('when a beam and its case are expected', () => {
  const tenSeconds = (): number => 10_000;
  const open = (caseId: string, beamNumber: number, change: Partial<Beam> = {}, priority = 0): OpenBeam => ({
    beam: aBeam({ caseId, beamNumber, ...change }),
    priority,
    createdAt: caseId.charCodeAt(0),
  });
  const inSeconds = (etas: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
    Object.fromEntries([...etas].map(([id, at]) => [id, Math.round((at - NOW) / 1000)]));

  it('is by turn: places that come free take the next beam', () => {
    const running = { state: 'submitted', startedAt: NOW - 4_000, progress: 0 } as const;
    const beams = [open('a', 1, running), open('a', 2), open('b', 1), open('b', 2)];
    const etas = etasOf(beams, 2, tenSeconds, NOW);
    expect(inSeconds(etas.beams)).to.deep.equal({ 'a/1': 6, 'a/2': 10, 'b/1': 16, 'b/2': 20 });
    expect(inSeconds(etas.cases)).to.deep.equal({ a: 10, b: 20 });
    const urgent = etasOf([...beams, open('c', 1, {}, 9)], 2, tenSeconds, NOW);
    expect(inSeconds(urgent.cases)).to.deep.equal({ a: 16, b: 26, c: 10 });
  });

  it('is by the progress of the job once that tells, and always a little ahead', () => {
    const at = (progress: number, startedAt: number): number | undefined =>
      etasOf([open('a', 1, { state: 'submitted', startedAt, progress })], 1, tenSeconds, NOW).beams.get('a/1');
    expect(at(50, NOW - 60_000)).to.equal(NOW + 60_000);
    expect(at(5, NOW - 3_000)).to.equal(NOW + 7_000);
    expect(at(5, NOW - 600_000)).to.equal(NOW + 1_000);
  });

  it('heeds when a beam is tried again, and says nothing where nothing is known', () => {
    const late = etasOf([open('a', 1, { notBefore: NOW + 60_000 })], 2, tenSeconds, NOW);
    expect(inSeconds(late.beams)).to.deep.equal({ 'a/1': 70 });
    const none = etasOf([open('a', 1), open('b', 1, { state: 'executed' })], 1, () => null, NOW);
    expect(inSeconds(none.beams)).to.deep.equal({ 'b/1': 1 });
    expect(inSeconds(none.cases)).to.deep.equal({ b: 1 });
  });
});
