import { expect } from 'chai';
import { nextHost } from '../../../src/workflow/next-host.js';

describe('the host whose place becomes free first', () => {
  type Places = Parameters<typeof nextHost>[0];
  const JOB = { scheduler: 'direct', host: 'c', folder: '/c', id: '1', processStartTicks: null, bootId: null } as const;
  const runs = (host: string, expectedEndMs: number | null): Places['grants'][number] => ({
    slot: { host },
    expectedEndMs,
    leaving: null,
  });
  const grants = [runs('a', 3_000), runs('b', null), runs('c', 1_000), runs('d', null)];
  const waits = (host: string, outOfService: string | null = null) => ({ host, outOfService });
  const next = (places: Partial<Places>, starting: readonly string[] = []): string | null =>
    nextHost({ grants: [], unheld: [], resources: [], ...places }, { isStarting: (host) => starting.includes(host) });

  it('is the one whose job is expected to end first', () => {
    expect(next({ grants, unheld: [waits('e')] })).to.equal('c');
  });

  it('is that of a place that is being given back, before all others', () => {
    const leaving = { ...runs('f', 9_000), leaving: { job: JOB, sinceMs: 0, mark: 0 } };
    expect(next({ grants: [...grants, leaving] })).to.equal('f');
  });

  it('is where a job was started first, as long as nothing is known of how long they take', () => {
    expect(next({ grants: [runs('b', null), runs('d', null)] })).to.equal('b');
  });

  it('is that of a place which is not ours to give now, where none of ours runs; or nowhere', () => {
    expect(next({ unheld: [waits('x', 'it vanished'), waits('e')] })).to.equal('e');
    expect(next({ unheld: [waits('x', 'it vanished')] })).to.equal(null);
    expect(next({})).to.equal(null);
  });

  it('is none that is away, whose job seems to be long over', () => {
    const resources = [{ host: 'c', away: 'it cannot be reached' }, { host: 'a' }, { host: 'g', away: 'too' }];
    expect(next({ grants, resources })).to.equal('a');
    expect(next({ unheld: [waits('g'), waits('e')], resources })).to.equal('e');
  });

  it('is not told while a job is yet to be started there', () => {
    expect(next({ grants }, ['c'])).to.equal(null);
    expect(next({ grants }, ['a'])).to.equal('c');
  });
});
