import { expect } from 'chai';
import { afterCrash, type AfterCrash, type Orphan } from '../../../src/domain/crash-loop.js';
import { LEASE_MS } from '../../../src/domain/lease.js';

const NOW = 1_770_000_000_000;
const MINUTE = 60_000;

/** A validation that ran for a second when its service was last seen. */
const anOrphan = (change: Partial<Orphan> & { readonly aliveForMs?: number } = {}): Orphan => {
  const { aliveForMs = 1_000, ...rest } = change;
  const startedAt = NOW - 10 * MINUTE;
  return {
    caseId: 'c1',
    step: 'validate',
    crashes: 0,
    startedAt,
    leasedUntil: startedAt + aliveForMs + LEASE_MS,
    gotSomewhere: false,
    onlyWaited: false,
    ...rest,
  };
};

/** What becomes of a case whose service dies again and again with it, after so many deaths. */
function afterDeaths(count: number, companions: readonly Orphan[] = [], change: Partial<Orphan> = {}): AfterCrash {
  let fate: AfterCrash = { caseId: 'c1', crashes: 0, notBefore: null, held: null };
  for (let i = 0; i < count; i++) {
    const [next] = afterCrash([anOrphan({ ...change, crashes: fate.crashes }), ...companions], NOW);
    if (next === undefined) throw new Error('no fate');
    fate = next;
  }
  return fate;
}

describe('a service that dies during a step', () => {
  it('is let off twice and holds the case at the third time, with what to do', () => {
    expect(afterDeaths(1).held).to.equal(null);
    expect(afterDeaths(2)).to.include({ held: null, notBefore: null });
    const { held } = afterDeaths(3);
    expect(held).to.include({ code: 'case.crash-loop', severity: 'bug' });
    expect(held?.remedy).to.include('mqi resume ID');
  });

  it('holds nobody when any of several cases may have been the reason, until it goes on for long', () => {
    const other = anOrphan({ caseId: 'c2' });
    expect(afterDeaths(5, [other]).held).to.equal(null);
    expect(afterDeaths(6, [other]).held).not.to.equal(null);
  });

  it('lets suspects go one after another from the second time on, all within 20 s', () => {
    const suspects = Array.from({ length: 16 }, (_, n) => anOrphan({ caseId: `c${String(n)}`, crashes: 1 }));
    const delays = afterCrash(suspects, NOW).map(({ notBefore }) => (notBefore ?? NOW) - NOW);
    expect(delays.slice(0, 3)).to.deep.equal([0, 2_000, 4_000]);
    expect(Math.max(...delays)).to.equal(20_000);
    const first = afterCrash(
      suspects.map((suspect) => ({ ...suspect, crashes: 0 })),
      NOW,
    );
    expect(first.map(({ notBefore }) => notBefore).filter((at) => at !== null)).to.deep.equal([]);
  });

  it('holds no case that calculates for hours, however often the service is restarted', () => {
    const change = { step: 'simulate', aliveForMs: 61 * MINUTE } as const;
    expect(afterDeaths(9, [], change)).to.include({ crashes: 0, held: null });
  });

  it('holds no case whose beams wait for places and engines, however soon the service dies', () => {
    expect(afterDeaths(9, [], { step: 'simulate', onlyWaited: true })).to.include({ crashes: 0, held: null });
  });

  it('holds a calculating case whose beam kills the service as soon as it is converted', () => {
    expect(afterDeaths(3, [], { step: 'simulate' }).held).not.to.equal(null);
    const waiting = anOrphan({ caseId: 'c2', step: 'simulate', onlyWaited: true });
    expect(afterDeaths(3, [waiting], { step: 'simulate' }).held, 'others that only wait are no company').not.to.equal(
      null,
    );
  });

  it('counts from the start again when the step got somewhere', () => {
    expect(afterDeaths(1, [], { crashes: 4, gotSomewhere: true })).to.include({ crashes: 0, held: null });
  });
});
