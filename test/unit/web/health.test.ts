import { expect } from 'chai';
import type { InboxState } from '../../../src/ports/inboxes.js';
import { readyView } from '../../../src/web/health.js';

const state = (change: Partial<InboxState> = {}): InboxState => ({
  inbox: '',
  mode: 'poll',
  modeBecause: 'the inbox is a network share',
  lastSweepAt: 5,
  entries: 3,
  sweepMs: 7,
  calls: 12,
  lostSince: null,
  lostBecause: null,
  settling: [{ folder: 'DOE^JANE', files: 1, bytes: 1, lastChangeAt: 0 }],
  ...change,
});
const view = {
  mode: 'poll',
  modeBecause: 'the inbox is a network share',
  lastSweepAt: 5,
  entries: 3,
  sweepMs: 7,
  calls: 12,
  settling: 1,
};

describe('whether the service is ready to take cases', () => {
  it('is told for a single inbox as it always was', () => {
    expect(readyView([], [state()])).to.deep.equal({ status: 'ready', intake: view, checks: [] });
  });

  it('is told for each of several inboxes, naming no folder', () => {
    const ready = readyView([], [state(), state({ inbox: 'research', mode: 'events', entries: 0 })]);
    expect(ready).to.deep.equal({
      status: 'ready',
      intake: view,
      inboxes: [
        { inbox: '', ...view },
        { inbox: 'research', ...view, mode: 'events', entries: 0 },
      ],
      checks: [],
    });
    expect(JSON.stringify(ready)).not.to.contain('DOE');
  });

  it('is denied once a check has failed, with the words of all that have', () => {
    const fine = { name: 'database', state: 'ok', words: 'the database answers', code: null, remedy: null } as const;
    const full = {
      name: 'disk',
      state: 'fail',
      words: '0.1 GiB are free',
      code: 'disk.full',
      remedy: 'make room',
    } as const;
    const lost = { name: 'share', state: 'fail', words: 'the share is lost', code: 'x', remedy: 'y' } as const;
    expect(readyView([fine, full, lost], [state()]))
      .to.have.property('problem')
      .which.includes({
        status: 503,
        code: 'disk.full',
        detail: '0.1 GiB are free; the share is lost',
        remedy: 'make room',
      });
    expect(readyView([fine, { ...full, state: 'warn' }], [state()])).to.have.property('status', 'ready');
  });
});
