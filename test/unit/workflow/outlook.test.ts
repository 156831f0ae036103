import { expect } from 'chai';
import type { Beam } from '../../../src/domain/beam.js';
import { toFailure, transient } from '../../../src/domain/errors.js';
import { LEFT_TO_OTHERS } from '../../../src/domain/gpu-rules.js';
import type { Resource } from '../../../src/domain/resource.js';
import { caseDetailView, caseView } from '../../../src/workflow/case-view.js';
import { outlookOf } from '../../../src/workflow/outlook.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aResource } from '../../builders/a-resource.js';
import { FakeCaseQueries } from '../../fakes/fake-case-queries.js';
import { FakeTables } from '../../fakes/fake-tables.js';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');
const busy = 'in use by another program, pid 4711';

describe('what is foreseen of a case', () => {
  const kase = aCase({ id: 'c1', state: 'interpreted', beamCount: 1 });
  const queriesOn = (...resources: readonly Partial<Resource>[]): FakeCaseQueries => {
    const tables = new FakeTables({ cases: [kase], beams: [aBeam({ caseId: 'c1' })] });
    resources.forEach((change, n) => {
      const uuid = `GPU-${String(n + 1)}`;
      tables.resources.set(`local/${uuid}`, aResource({ id: `local/${uuid}`, uuid, ...change }));
    });
    return new FakeCaseQueries(tables);
  };
  const waitsFor = async (...resources: readonly Partial<Resource>[]): Promise<string | null> => {
    const queries = queriesOn(...resources);
    const record = (await queries.record('c1'))!;
    return caseDetailView(record, NOW, await outlookOf(queries, NOW)).waitingFor;
  };

  it('names the GPUs it waits for and who has them', async () => {
    expect(await waitsFor({ occupied: busy })).to.equal(`GPU-1 (${busy})`);
    expect(await waitsFor({ occupied: busy }, { outOfService: 'it needs a reset' })).to.equal(
      `GPU-1 (${busy}), GPU-2 (it needs a reset)`,
    );
    expect(await waitsFor({ occupied: busy }, {})).to.equal(`a free slot, not to be had: GPU-1 (${busy})`);
    expect(await waitsFor({}, { outOfService: LEFT_TO_OTHERS })).to.equal('a free slot');
  });

  it('names the GPUs that calculate other beams, with those that somebody else has', async () => {
    const lease = { owner: 's', beamId: 'c9/1', attempt: 1, since: 0 };
    expect(await waitsFor({ lease }, { occupied: busy })).to.equal(`GPU-1 (calculates another beam), GPU-2 (${busy})`);
    expect(await waitsFor({ kind: 'cpu', lease })).to.equal('a free slot');
    const unseen = 'its state is not known: nvidia-smi did not answer within 10 s';
    expect(await waitsFor({ lease, occupied: unseen }), 'the beam has ended').to.equal(`GPU-1 (${unseen})`);
  });

  it('names a host that is away once, before the reason, not each of its GPUs', async () => {
    const away = 'host far cannot be reached since 2026-11-23T11:58Z';
    const gone = { host: 'far', occupied: away };
    expect(await waitsFor(gone, gone)).to.equal(`far (${away})`);
    expect(await waitsFor(gone, gone, {})).to.equal(`a free slot, not to be had: far (${away})`);
  });

  it('is no time while every place is away or out of service', async () => {
    const eta = async (...resources: readonly Partial<Resource>[]): Promise<string | undefined> => {
      const queries = queriesOn(...resources);
      const done = aBeam({ caseId: 'c0', state: 'converted', startedAt: NOW - 90_000, finishedAt: NOW - 30_000 });
      queries.tables.beams.set(done.id, done);
      return caseView((await queries.list({}))[0]!, NOW, await outlookOf(queries, NOW)).etaAt;
    };
    const away = { host: 'far', occupied: 'host far cannot be reached since 2026-11-23T11:58Z' };
    expect(await eta(away, { outOfService: 'it needs a reset' })).to.equal(undefined);
    expect(await eta(away, {})).to.equal('2026-11-23T12:01:00.000Z');
  });

  it('is shown in lists as in the case itself, and says so where execution.slots is what stands in the way', async () => {
    const queries = queriesOn({ id: 'local/GPU-1' }, {});
    const other = aBeam({ caseId: 'c2', state: 'submitted', resourceId: 'local/GPU-1' });
    queries.tables.cases.set('c2', aCase({ id: 'c2', state: 'interpreted', beamCount: 1 }));
    queries.tables.beams.set(other.id, other);
    const outlook = await outlookOf(queries, NOW, 1);
    const rows = await queries.list({});
    const shown = rows.map((row) => caseView(row, NOW, outlook));
    const words = 'a free slot: execution.slots allows 1 at a time';
    expect(shown.find(({ id }) => id === 'c1')).to.include({
      waitingFor: words,
      status: `waiting for ${words} (0 of 1 beams done)`,
    });
    expect(
      shown.find(({ id }) => id === 'c2'),
      'it is being calculated',
    ).to.include({ waitingFor: null });
    const record = (await queries.record('c1'))!;
    expect(caseDetailView(record, NOW, outlook).waitingFor).to.equal(words);
    const held = { ...rows.find((row) => row.kase.id === 'c1')!, kase: { ...kase, heldBecause: 'look at it' } };
    expect(caseView(held, NOW, outlook).waitingFor).to.equal('an operator: look at it');
  });

  it('names the host that a beam waits for which may have a job there, and the next try of one that failed', async () => {
    const queries = queriesOn({});
    const seen = async (change: Partial<Beam>): Promise<string | null> => {
      const beam = aBeam({ caseId: 'c1', ...change });
      queries.tables.beams.set(beam.id, beam);
      return caseView((await queries.list({}))[0]!, NOW, await outlookOf(queries, NOW)).waitingFor;
    };
    const away = 'its host to answer: host far cannot be reached: no connection';
    expect(await seen({ attempt: 1, waitingFor: away })).to.equal(away);
    const error = toFailure(transient('engine.crashed', 'the engine ended with code 1'));
    expect(await seen({ attempt: 1, notBefore: NOW + 60_000, error })).to.equal(
      'beam 1 to be tried again after failure: the engine ended with code 1',
    );
    expect(await seen({ attempt: 1, notBefore: NOW - 1, error })).to.equal('a free slot');
  });

  it('counts only as many jobs at a time as execution.slots allows', async () => {
    const queries = queriesOn({}, {});
    const second = aBeam({ caseId: 'c1', beamNumber: 2 });
    queries.tables.beams.set(second.id, second);
    const done = aBeam({ caseId: 'c0', state: 'converted', startedAt: NOW - 90_000, finishedAt: NOW - 30_000 });
    queries.tables.beams.set(done.id, done);
    const row = (await queries.list({}))[0]!;
    const etaWith = async (slots?: number): Promise<string | undefined> =>
      caseView(row, NOW, await outlookOf(queries, NOW, slots)).etaAt;
    expect(await etaWith()).to.equal('2026-11-23T12:01:00.000Z');
    expect(await etaWith(1)).to.equal('2026-11-23T12:02:00.000Z');
  });

  it('is when its dose is expected, once beams have finished; otherwise nothing is said', async () => {
    const queries = queriesOn({});
    const row = (await queries.list({}))[0]!;
    expect(caseView(row, NOW, await outlookOf(queries, NOW))).not.to.have.property('etaAt');
    const done = aBeam({ caseId: 'c0', state: 'converted', startedAt: NOW - 90_000, finishedAt: NOW - 30_000 });
    queries.tables.beams.set(done.id, done);
    const outlook = await outlookOf(queries, NOW);
    expect(caseView(row, NOW, outlook).etaAt).to.equal('2026-11-23T12:01:00.000Z');
    const record = (await queries.record('c1'))!;
    expect(caseDetailView(record, NOW, outlook).beams[0]?.etaAt).to.equal('2026-11-23T12:01:00.000Z');
    const held = { ...row, kase: { ...kase, heldBecause: 'look at it' } };
    expect(caseView(held, NOW, outlook)).not.to.have.property('etaAt');
  });
});
