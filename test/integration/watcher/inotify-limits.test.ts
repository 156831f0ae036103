import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { drop, faultSettings } from '../../faults/a-service-with-cases.js';
import { Service } from '../../e2e/service.js';
import { InotifyLimit } from '../../mounts/inotify-limit.js';
import { until } from '../../until.js';
import { AnInbox } from './an-inbox.js';

const WARNING = 'no more file events to be had, polling instead';

/** Leaves the tests of the suite out where the limit cannot be set. */
function needs(limit: InotifyLimit): void {
  before(function () {
    const why = limit.whyNot();
    if (why === null) return;
    this.test?.parent?.tests.forEach((test) => (test.title += ` (${why})`));
    this.skip();
  });
}

describe('the watched inbox on a machine without watches left', () => {
  const inbox = new AnInbox();
  const limit = new InotifyLimit('max_user_watches');

  needs(limit);
  afterEach(() => {
    limit.restore();
  });

  /** The limit is back before anything else is asked of the machine: it is everybody's. */
  const fallenBack = async (watcher: { state(): { mode: string } }): Promise<void> => {
    await until('it polls', () => watcher.state().mode === 'poll');
    limit.restore();
    expect(inbox.log.lines.map(({ level, message, fields }) => [level, message, fields])).to.deep.equal([
      ['warn', WARNING, { code: 'ENOSPC' }],
    ]);
  };

  it('polls from the start, with one warning, and takes every case', async () => {
    inbox.write({ 'before/plan.dcm': 'plan' });
    limit.exhaust();
    const watcher = await inbox.watch({ watch: 'auto', pollSeconds: 0.1 });
    await fallenBack(watcher);
    inbox.write({ 'after/plan.dcm': 'plan' });
    await Promise.all([inbox.offer('before'), inbox.offer('after')]);
    expect(inbox.offered()).to.deep.equal(['after', 'before']);
  });

  it('polls from the case on for which there is no watch left, and takes it and every later one', async () => {
    const watcher = await inbox.watch({ watch: 'auto', pollSeconds: 0.1 });
    inbox.write({ 'early/plan.dcm': 'plan' });
    await inbox.offer('early');
    expect(watcher.state().mode).to.equal('events');
    limit.exhaust();
    inbox.write({ 'case/CT/1.dcm': 'slice' });
    await fallenBack(watcher);
    inbox.write({ 'case/CT/2.dcm': 'slice', 'later/plan.dcm': 'plan' });
    await Promise.all([
      inbox.offer('later'),
      until('the whole case is taken', () =>
        inbox.offers.some(({ folder, files }) => folder === 'case' && files === 2),
      ),
    ]);
    inbox.write({ 'early/CT/1.dcm': 'slice' });
    expect((await inbox.offer('early', 2)).files).to.equal(2);
  });
});

describe('the service on a machine that starts no more file events', function () {
  this.timeout(60_000);
  const limit = new InotifyLimit('max_user_instances');
  let service: Service | null = null;

  needs(limit);
  afterEach(async () => {
    limit.restore();
    await service?.end();
  });

  // A process of its own: one in which files are watched already needs no further instance.
  it('polls the inbox, with one warning, and ends every case', async () => {
    const running = (service = new Service(faultSettings()));
    limit.exhaust();
    running.start();
    await until('it polls', () => running.output().includes(WARNING), 20_000);
    limit.restore();
    // Renamed in: on a busy machine writing it takes longer than the quiet time, which would make two runs.
    await drop(running, '.making');
    renameSync(join(running.inbox, '.making'), join(running.inbox, 'case'));
    const ended = await running.untilEnded(['case']);
    expect(ended.get('case')).to.include({ state: 'completed', run: 1 });
    const warnings = running.log().filter(({ msg, message }) => [msg, message].includes(WARNING));
    expect(warnings.map(({ code }) => code)).to.deep.equal(['EMFILE']);
  });
});
