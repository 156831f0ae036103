import { expect } from 'chai';
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
