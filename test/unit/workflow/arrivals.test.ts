import { expect } from 'chai';
import { Arrivals } from '../../../src/workflow/arrivals.js';
import { FakeArrivalStore } from '../../fakes/fake-arrival-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeInboxes } from '../../fakes/fake-inboxes.js';
import { FakeLogger } from '../../fakes/fake-logger.js';

describe('arrivals', () => {
  let inboxes: FakeInboxes;
  let store: FakeArrivalStore;
  let clock: FakeClock;
  let log: FakeLogger;
  let stop: AbortController;
  let ended: Promise<void>;

  beforeEach(() => {
    inboxes = new FakeInboxes('research');
    store = new FakeArrivalStore();
    clock = new FakeClock();
    log = new FakeLogger();
    stop = new AbortController();
    store.tables.arrivals = [{ inbox: '', folder: 'of a service before', files: 1, bytes: 1, lastChangeAt: 0 }];
    ended = new Arrivals(inboxes, store, clock, log).run(stop.signal);
  });
  afterEach(async () => {
    stop.abort();
    await ended;
  });

  it('forgets what a service before this one left', () => {
    expect(store.tables.arrivals).to.deep.equal([]);
  });

  it('shows a folder while it arrives, and writes only when something has changed', async () => {
    inboxes.of().watcher.drop('lung', 'first', 812, 3_100);
    await clock.advance(1_000);
    expect(store.tables.arrivals).to.deep.equal([
      { inbox: '', folder: 'lung', files: 812, bytes: 3_100, lastChangeAt: 0 },
    ]);
    const { writes } = store;
    await clock.advance(10_000);
    expect(store.writes).to.equal(writes);
  });

  it('writes again after a write that failed, and names no folder in the log', async () => {
    inboxes.of().watcher.drop('lung');
    store.failure = new Error('lung cannot be written');
    await clock.advance(2_000);
    expect(store.tables.arrivals.map(({ folder }) => folder)).to.deep.equal(['lung']);
    expect(JSON.stringify(log.lines)).not.to.contain('lung');
    expect(log.lines.map(({ message }) => message)).to.contain('noting arriving folders failed');
  });
});
