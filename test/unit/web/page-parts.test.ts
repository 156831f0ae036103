import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { likelyVerb, verbsFor } from '../../../src/web/page/actions/verbs.js';
import { shownPoints } from '../../../src/web/page/case/dose/shown-depth.js';
import { troublesOf, withoutRemedy } from '../../../src/web/page/case/troubles.js';
import { bytes, duration } from '../../../src/web/page/format.js';
import { caseDetailView } from '../../../src/workflow/case-view.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { caseAddress, routeOf } from '../../../src/web/page/router.js';

const BUNDLE = new URL('../../../page/assets/', import.meta.url);
const LARGEST_BYTES = 250_000;

const beamOf = (beamNumber: number) =>
  caseDetailView(
    {
      kase: aCase(),
      beams: [aBeam({ beamNumber, name: 'A' })],
      beamsDone: 0,
      attempts: [],
      transitions: [],
      receipts: [],
      deliveries: [],
    },
    0,
  ).beams[0]!;

describe('the parts of the live page', () => {
  it('come to the browser in less than 250 kB', () => {
    const files = readdirSync(BUNDLE).map((name) => gzipSync(readFileSync(new URL(name, BUNDLE))).length);
    expect(files.length).to.be.at.least(2);
    expect(files.reduce((sum, size) => sum + size, 0)).to.be.below(LARGEST_BYTES);
  });

  it('know their addresses, which hold ids and nothing else', () => {
    expect(routeOf('')).to.deep.equal({ page: 'overview' });
    expect(routeOf('#/')).to.deep.equal({ page: 'overview' });
    expect(routeOf('#/history')).to.deep.equal({ page: 'history' });
    expect(routeOf(caseAddress('dh32dv354v0h'))).to.deep.equal({ page: 'case', id: 'dh32dv354v0h' });
    for (const odd of ['#/case/', '#/case/a b', '#/case/../x', '#/case/a/b', '#/nowhere', '#/history/']) {
      expect(routeOf(odd), odd).to.deep.equal({ page: 'unknown' });
    }
  });

  const active = {
    state: 'interpreted',
    status: 'calculating dose',
    finishedAt: null,
    nextAttemptAt: null,
    error: null,
  };
  const failure = { code: 'engine.lost', severity: 'transient', message: 'x', remedy: 'y' } as const;
  const ended = { ...active, finishedAt: '2026-11-26T00:00:00Z', status: 'failed' };

  it('say what stops a held case once: one reason for all its beams, and the remedy beside the status, not in it too', () => {
    const gone = {
      code: 'engine.not-found',
      severity: 'operator',
      message: 'no program',
      remedy: 'install it',
    } as const;
    const beams = [
      { ...beamOf(1), error: gone },
      { ...beamOf(2), error: gone },
      { ...beamOf(3), error: failure },
      { ...beamOf(4), error: null },
    ];
    expect(troublesOf({ beams, attempts: [] })).to.deep.equal([
      { where: 'Beam 1 (A), Beam 2 (A)', error: gone, at: null },
      { where: 'Beam 3 (A)', error: failure, at: null },
    ]);
    expect(withoutRemedy('held: no program; install it', gone)).to.equal('held: no program');
  });

  it('offer what the state of a case allows', () => {
    expect(verbsFor(active, true)).to.deep.equal(['hold', 'cancel', 'priority']);
    expect(verbsFor({ ...active, status: 'held: disk' }, true)).to.include.members(['resume', 'cancel']);
    expect(verbsFor({ ...active, nextAttemptAt: 'later', error: failure }, true)).to.include('retry');
    expect(verbsFor({ ...ended, state: 'failed' }, true)).to.deep.equal(['retry']);
    expect(verbsFor({ ...ended, state: 'completed' }, true)).to.deep.equal(['rerun', 'deliver']);
    expect(verbsFor({ ...ended, state: 'completed' }, false)).to.deep.equal(['rerun']);
  });

  it('put the action beside a case that would let it go on', () => {
    expect(likelyVerb(active)).to.equal(null);
    expect(likelyVerb({ ...active, status: 'held: disk' })).to.equal('resume');
    expect(likelyVerb({ ...ended, state: 'failed' })).to.equal('retry');
    expect(likelyVerb({ ...ended, state: 'completed' })).to.equal(null);
  });

  it('show dose along the beam as far as there is any, and a little further', () => {
    const beam = [1, 1.2, 4, 3, 0.5, ...new Array<number>(200).fill(0)];
    expect(shownPoints(beam, beam)).to.equal(7);
    const longer = [...new Array<number>(40).fill(1), ...new Array<number>(10).fill(0)];
    expect(shownPoints(beam.slice(0, 50), longer)).to.equal(47);
    expect(shownPoints([1, 2, 3], [1, 2, 3])).to.equal(3);
    expect(shownPoints([0, 0, 0], [0, 0, 0])).to.equal(3);
    expect(shownPoints([], [])).to.equal(0);
  });

  it('write times and sizes as people read them', () => {
    expect([400, 42_000, 190_000, 7_500_000, 360_000_000].map(duration)).to.deep.equal([
      '0.4 s',
      '42 s',
      '3 min 10 s',
      '2 h 05 min',
      '4 d 4 h',
    ]);
    expect([0, 999, 1500, 82_100_000_000, 1.5e15].map(bytes)).to.deep.equal([
      '0 B',
      '999 B',
      '1.5 kB',
      '82.1 GB',
      '1.5 PB',
    ]);
  });
});
