import { expect } from 'chai';
import { channelName, checkChannel, checkTraces } from '../../../../src/cli/doctor/telling-checks.js';
import { operator, transient } from '../../../../src/domain/errors.js';
import { aChannelRule } from '../../../builders/a-channel-rule.js';
import { FakeNotificationChannel } from '../../../fakes/fake-notification-channel.js';
import { FakeTraceExporter } from '../../../fakes/fake-trace-exporter.js';

describe('what doctor says of those who are told', () => {
  const never = new AbortController().signal;

  it('is what was tried at a channel, and a warning where a message may still be refused', async () => {
    const channel = new FakeNotificationChannel(aChannelRule({ name: 'team' }));
    expect(channelName(channel)).to.equal('channel team');
    expect(await checkChannel(channel, never)).to.deep.equal({
      ...{ name: 'channel team', result: 'ok', message: 'fake, connected', remedy: null },
    });
    channel.reach = { tried: 'HEAD answered 404', doubt: 'nothing may be there' };
    expect(await checkChannel(channel, never)).to.deep.equal({
      name: 'channel team',
      result: 'warn',
      message: 'fake, HEAD answered 404: nothing may be there',
      remedy: 'see whether a message is taken: mqi notify test',
    });
    expect(channel.sent).to.deep.equal([]);
  });

  it('is a failure with what to do where a channel cannot be reached or does not let us in', async () => {
    const channel = new FakeNotificationChannel(aChannelRule());
    channel.failure = transient('notify.unreachable', 'the mail server cannot be reached');
    const away = await checkChannel(channel, never);
    expect(away).to.include({ result: 'fail', message: 'the mail server cannot be reached' });
    expect(away.remedy).to.match(/^start that server/);
    channel.failure = operator('notify.auth', 'the login is refused', { remedy: 'the message is sent again' });
    expect((await checkChannel(channel, never)).remedy).to.match(/^mend login/);
  });

  it('is whether the collector of traces takes an export without spans', async () => {
    const exporter = new FakeTraceExporter();
    expect(await checkTraces(exporter)).to.include({ name: 'traces', result: 'ok' });
    expect(exporter.spans).to.deep.equal([]);
    exporter.failure = transient('telemetry.unreachable', 'nobody takes them');
    expect(await checkTraces(exporter)).to.include({ result: 'fail', message: 'nobody takes them' });
    expect(exporter.closed).to.equal(true);
  });
});
