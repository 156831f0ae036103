import { expect } from 'chai';
import fc from 'fast-check';
import type { Case } from '../../src/domain/case.js';
import type { CaseStore } from '../../src/ports/case-store.js';
import { aBeam, someFigures } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { onAllStores } from '../test-databases.js';

/** What one of several writers does, all at the same time: after reading, some turns of the event loop pass. */
interface Writer {
  readonly pause: number;
  readonly act: 'priority' | 'retry' | 'beams' | 'illegal' | 'progress';
  readonly value: number;
}

const aWriter: fc.Arbitrary<Writer> = fc.record({
  pause: fc.nat(4),
  act: fc.constantFrom('priority', 'retry', 'beams', 'illegal', 'progress'),
  value: fc.integer({ min: 1, max: 99 }),
});

async function write(cases: CaseStore, { pause, act, value }: Writer): Promise<Case | null> {
  const kase = await cases.get('c1');
  if (kase === null) throw new Error('the case is gone');
  for (let i = 0; i < pause; i++) await new Promise(setImmediate);
  const transition = { event: 'retry', to: 'validated', reason: null, actor: 'test' } as const;
  switch (act) {
    case 'priority':
      return cases.commit(kase, { change: { priority: value }, at: value });
    case 'retry':
      return cases.commit(kase, { change: { attempt: value }, at: value, transition });
    case 'beams':
      return cases.commit(kase, { change: {}, at: value, beams: [someFigures({ beamNumber: value })] });
    case 'illegal':
      return cases.commit(kase, { change: {}, at: value, transition: { ...transition, event: 'advance' } });
    case 'progress':
      await cases.noteProgress('c1', value, value);
      return null;
  }
}

/** Whoever did not win was told why. */
function expectRefusals(writers: readonly Writer[], results: readonly PromiseSettledResult<unknown>[]): void {
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') continue;
    const expected = writers[i]?.act === 'illegal' ? 'case.illegal-transition' : 'case.lost-race';
    expect(result).to.have.nested.property('reason.code', expected);
  }
}

describe('any number of simultaneous writers of one case', () => {
  onAllStores((stores) => {
    it('never lose a write and never apply two to one version', async () => {
      let checked = 0;
      await stores().seed({ cases: [aCase({ id: 'c1', state: 'validated' })] });
      await fc.assert(
        fc.asyncProperty(fc.array(aWriter, { minLength: 2, maxLength: 12 }), async (writers) => {
          const before = (await stores().cases.get('c1'))!;
          const moves = (await stores().cases.transitionsOf('c1')).length;
          const results = await Promise.allSettled(writers.map((writer) => write(stores().cases, writer)));

          const won = results.flatMap((result) =>
            result.status === 'fulfilled' && result.value ? [result.value] : [],
          );
          const versions = won.map(({ version }) => version).sort((a, b) => a - b);
          expect(versions).to.deep.equal(won.map((_, i) => before.version + 1 + i));
          expectRefusals(writers, results);
          const after = await stores().cases.get('c1');
          expect(after?.version).to.equal(before.version + won.length);
          for (const { version, priority, attempt } of won) {
            if (version === after?.version) expect(after).to.include({ priority, attempt });
          }
          const noted = writers.filter(({ act }) => act === 'progress').map(({ value }) => value);
          expect(after?.progress).to.equal(Math.max(before.progress, ...noted));
          const retries = writers.filter(({ act }, i) => act === 'retry' && results[i]?.status === 'fulfilled').length;
          expect(await stores().cases.transitionsOf('c1')).to.have.lengthOf(moves + retries);
          checked += 1;
        }),
        { numRuns: 40 },
      );
      expect(checked).to.equal(40);
    });

    it('never let two attempts of one beam begin from the same one', async () => {
      await stores().seed({ cases: [aCase({ id: 'c1', state: 'interpreted' })], beams: [aBeam()] });
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(3), { minLength: 2, maxLength: 8 }), async (pauses) => {
          const before = await stores().beams.get('c1/1');
          const begun = await Promise.allSettled(
            pauses.map(async (pause) => {
              const beam = (await stores().beams.get('c1/1'))!;
              for (let i = 0; i < pause; i++) await new Promise(setImmediate);
              return stores().beams.beginAttempt(beam, 'service-1', 1);
            }),
          );
          const numbers = begun.flatMap((result) => (result.status === 'fulfilled' ? [result.value.attempt] : []));
          const expected = numbers.map((_, i) => (before?.attempt ?? 0) + 1 + i);
          expect(numbers.sort((a, b) => a - b)).to.deep.equal(expected);
          const open = (await stores().cases.attemptsOf('c1')).filter(({ outcome }) => outcome === null);
          expect(open.map(({ attempt }) => attempt)).to.deep.equal([expected.at(-1) ?? before?.attempt]);
        }),
        { numRuns: 25 },
      );
    });
  });
});
