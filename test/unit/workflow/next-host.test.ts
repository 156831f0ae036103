import { expect } from 'chai';
import { nextHost } from '../../../src/workflow/next-host.js';

describe('the host whose place becomes free first', () => {
  const JOB = { scheduler: 'direct', host: 'c', folder: '/c', id: '1', processStartTicks: null, bootId: null } as const;
  const runs = (host: string, expectedEndMs: number | null): Parameters<typeof nextHost>[0]['grants'][number] => ({
    slot: { host },
    expectedEndMs,
    leaving: null,
  });
  const grants = [runs('a', 3_000), runs('b', null), runs('c', 1_000), runs('d', null)];

  it('is the one whose job is expected to end first', () => {
    expect(nextHost({ grants, unheld: [{ host: 'e' }] })).to.equal('c');
  });

  it('is that of a place that is being given back, before all others', () => {
    const leaving = { ...runs('f', 9_000), leaving: { job: JOB, sinceMs: 0, mark: 0 } };
    expect(nextHost({ grants: [...grants, leaving], unheld: [] })).to.equal('f');
  });

  it('is where a job was started first, as long as nothing is known of how long they take', () => {
    expect(nextHost({ grants: [runs('b', null), runs('d', null)], unheld: [] })).to.equal('b');
  });

  it('is that of a place which is not ours to give now, where none of ours runs; or nowhere', () => {
    expect(nextHost({ grants: [], unheld: [{ host: 'e' }] })).to.equal('e');
    expect(nextHost({ grants: [], unheld: [] })).to.equal(null);
  });
});
