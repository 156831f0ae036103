import { expect } from 'chai';
import { transient } from '../../../src/domain/errors.js';
import { Clock } from '../../../src/ports/clock.js';
import { NotificationChannels } from '../../../src/ports/notification-channel.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { aChannelRule } from '../../builders/a-channel-rule.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeNotificationChannel } from '../../fakes/fake-notification-channel.js';

describe('mqi notify test', () => {
  const channels = [
    new FakeNotificationChannel(aChannelRule()),
    new FakeNotificationChannel(aChannelRule({ name: 'pager' })),
  ];
  const line = (): ACommandLine => new ACommandLine().with(NotificationChannels, channels).with(Clock, new FakeClock());

  it('sends a message to every channel, or to the one that is named', async () => {
    const { exit, out } = await line().type('notify', 'test');
    expect(exit).to.equal(0);
    expect(out).to.equal('ok    physics (fake): the message was taken\nok    pager (fake): the message was taken\n');
    expect((await line().type('notify', 'test', '--name', 'pager')).exit).to.equal(0);
    expect(channels.map(({ sent }) => sent.length)).to.deep.equal([1, 2]);
    expect(channels[1]?.sent[0]?.subject).to.equal('MQI: channel pager works');
  });

  it('says which failed and what to do, and ends with 1', async () => {
    channels[0]!.failure = transient('notify.unreachable', 'channel physics: nobody answers', { remedy: 'look there' });
    const { exit, out } = await line().type('notify', 'test', '--json');
    expect(exit).to.equal(1);
    const said = JSON.parse(out) as { ok: boolean; channels: readonly object[] };
    expect(said.ok).to.equal(false);
    expect(said.channels[0]).to.include({ ok: false, code: 'notify.unreachable', remedy: 'look there' });
    expect(said.channels[1]).to.include({ ok: true });
  });

  it('refuses a name that is none, naming those there are', async () => {
    const { exit, err } = await line().type('notify', 'test', '--name', 'nobody');
    expect(exit).to.be.greaterThan(0);
    expect(err).to.contain('there is no channel nobody').and.to.contain('physics, pager');
  });
});
