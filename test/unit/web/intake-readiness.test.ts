import { expect } from 'chai';
import type { InboxState } from '../../../src/ports/inboxes.js';
import { intakeReadiness } from '../../../src/web/intake-readiness.js';

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
    expect(intakeReadiness([state()])).to.deep.equal({ status: 'ready', intake: view });
  });

  it('is told for each of several inboxes, naming no folder', () => {
    const ready = intakeReadiness([state(), state({ inbox: 'research', mode: 'events', entries: 0 })]);
    expect(ready).to.deep.equal({
      status: 'ready',
      intake: view,
      inboxes: [
        { inbox: '', ...view },
        { inbox: 'research', ...view, mode: 'events', entries: 0 },
      ],
    });
    expect(JSON.stringify(ready)).not.to.contain('DOE');
  });

  it('is denied while one share is away, saying which, and that the others are watched', () => {
    const away = state({ inbox: 'research', lostSince: 0, lostBecause: 'it cannot be listed (EIO)' });
    expect(intakeReadiness([state(), away])).to.have.nested.property(
      'problem.detail',
      'the share of inbox research is lost since 1970-01-01T00:00:00.000Z: it cannot be listed (EIO); the other inboxes are watched',
    );
    expect(intakeReadiness([away])).to.have.nested.property('problem.status', 503);
  });
});
