import { expect } from 'chai';
import type { NewNotice } from '../../src/ports/notice-store.js';
import { anOccurrence } from '../builders/a-channel-rule.js';
import { onAllStores } from '../test-databases.js';

const NOW = 1_770_000_000_000;
const HOUR = 3_600_000;
const notice = (key: string, change: Partial<NewNotice> = {}): NewNotice => ({
  channel: 'physics',
  key,
  occurrence: anOccurrence(),
  createdAt: NOW,
  notBefore: NOW,
  ...change,
});

describe('what people are to be told', () => {
  onAllStores((stores) => {
    const keys = async (now = NOW, channel = 'physics') =>
      (await stores().notices.due(channel, now, 10)).map(({ key }) => key);

    it('is due once its time has come, oldest first, and the same occurrence is there once only', async () => {
      const { notices } = stores();
      await notices.record({ notices: [notice('b'), notice('a'), notice('later', { notBefore: NOW + 5 })] });
      await notices.record({ notices: [notice('a'), notice('c'), notice('a', { channel: 'other' })] });
      expect(await keys()).to.deep.equal(['b', 'a', 'c']);
      expect(await keys(NOW + 5)).to.deep.equal(['b', 'a', 'later', 'c']);
      expect(await keys(NOW, 'other')).to.deep.equal(['a']);
      const [first] = await notices.due('physics', NOW, 1);
      expect(first).to.deep.include({ occurrence: anOccurrence(), state: 'waiting', message: null, attempts: 0 });
    });

    it('keeps the mark of what was read, and what lasts until it is over', async () => {
      const { notices } = stores();
      expect(await notices.mark()).to.equal(null);
      const lost = { key: 'gpu-lost g1', since: NOW, occurrence: anOccurrence({ kind: 'gpu-lost' }) } as never;
      await notices.record({ notices: [], mark: { first: 3, last: 3 }, began: [lost] });
      await notices.record({ notices: [], mark: { first: 3, last: 9 } });
      expect(await notices.mark()).to.deep.equal({ first: 3, last: 9 });
      expect(await notices.lasting()).to.deep.equal([lost]);
      await notices.record({ notices: [], ended: ['gpu-lost g1'] });
      expect(await notices.lasting()).to.deep.equal([]);
    });

    it('is one message once bound, tried again later with its failures counted, and then ended', async () => {
      const { notices } = stores();
      await notices.record({ notices: [notice('a'), notice('b')] });
      const ids = (await notices.due('physics', NOW, 10)).map(({ id }) => id);
      await notices.bind(ids, 'm1');
      await notices.failed(ids, 'notify.unreachable', NOW + 10);
      expect(await keys()).to.deep.equal([]);
      const again = await notices.due('physics', NOW + 10, 10);
      expect(again.map(({ message, attempts, failure }) => [message, attempts, failure])).to.deep.equal([
        ['m1', 1, 'notify.unreachable'],
        ['m1', 1, 'notify.unreachable'],
      ]);
      await notices.end(ids, 'sent', NOW + 20);
      expect(await keys(NOW + HOUR)).to.deep.equal([]);
      expect(await notices.messagesSince('physics', NOW + 20)).to.equal(1);
      expect(await notices.messagesSince('physics', NOW + 21)).to.equal(0);
      expect(await notices.counts()).to.deep.equal([{ channel: 'physics', state: 'sent', count: 2 }]);
    });

    it('forgets what ended long ago and channels that are no more, never what waits', async () => {
      const { notices } = stores();
      await notices.record({
        notices: [notice('old'), notice('new'), notice('waits'), notice('x', { channel: 'gone' })],
      });
      const [old, fresh] = (await notices.due('physics', NOW, 10)).map(({ id }) => id);
      await notices.end([old ?? 0], 'sent', NOW);
      await notices.end([fresh ?? 0], 'sent', NOW + HOUR);
      await notices.forget(NOW + 1, ['physics']);
      expect(await notices.counts()).to.deep.equal([
        { channel: 'physics', state: 'sent', count: 1 },
        { channel: 'physics', state: 'waiting', count: 1 },
      ]);
    });
  });
});
