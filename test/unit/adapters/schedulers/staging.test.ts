import { expect } from 'chai';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Staging } from '../../../../src/adapters/schedulers/staging.js';
import { transient } from '../../../../src/domain/errors.js';
import { HostPaths, type HostPathRules } from '../../../../src/domain/host-paths.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeRemoteFiles } from '../../../fakes/fake-remote-files.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

describe('files brought to another machine', () => {
  const folder = tempFolder();
  const never = new AbortController().signal;
  let far: FakeRemoteFiles;
  const staging = (rules: Partial<HostPathRules> = {}): Staging => {
    const paths = new HostPaths({ root: folder.path, workDir: '/far', sharedFolder: null, installed: [], ...rules });
    return new Staging(far, paths, new FakeClock());
  };
  const write = (name: string, text: string): string => {
    const path = join(folder.path, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  beforeEach(() => {
    far = new FakeRemoteFiles();
  });

  it('lie in their places there, with empty folders too', async () => {
    const ct = write('ct.mha', 'pixels');
    write('a/in/beam.json', '{}');
    mkdirSync(join(folder.path, 'a', 'out'));
    await staging().bring(join(folder.path, 'a'), [ct], never);
    expect(String(far.files.get('/far/root/ct.mha'))).to.equal('pixels');
    expect(String(far.files.get('/far/root/a/in/beam.json'))).to.equal('{}');
    expect([...far.folders]).to.include('/far/root/a/out');
  });

  it('are sent once by content: for the next beam, under another name, and after a restart of the service', async () => {
    const ct = write('ct.mha', 'pixels');
    const moved = write('b/ct-copy.mha', 'pixels');
    const first = staging();
    await Promise.all([
      first.bring(join(folder.path, 'a'), [ct], never),
      first.bring(join(folder.path, 'c'), [ct], never),
    ]);
    expect(first.sentBytes).to.equal(6);
    await first.bring(join(folder.path, 'b'), [], never);
    expect(first.sentBytes).to.equal(6);
    const second = staging();
    await second.bring(join(folder.path, 'd'), [moved], never);
    expect(second.sentBytes).to.equal(0);
  });

  it('are sent ahead of the job that reads them, which sends them no more', async () => {
    const ct = write('ct.mha', 'pixels');
    const brought = staging();
    await brought.bringAhead([ct, ct], never);
    expect(brought.sentBytes).to.equal(6);
    expect(far.files.has('/far/root/ct.mha')).to.equal(false); // only a job puts names to it
    await brought.bring(join(folder.path, 'a'), [ct], never);
    expect(brought.sentBytes).to.equal(6);
    expect(String(far.files.get('/far/root/ct.mha'))).to.equal('pixels');
  });

  it('take two transfers at a time ahead of a job: the others are for jobs that are to start', async () => {
    let [now, most] = [0, 0];
    far.send = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    const files = ['1', '2', '3'].map((name) => write(name, name));
    await staging().bringAhead(files, never);
    expect(most).to.equal(2);
  });

  it('are waited for by a job while they are sent ahead of it', async () => {
    const ct = write('ct.mha', 'pixels');
    const brought = staging();
    const { reached, release } = far.hold('send');
    const ahead = brought.bringAhead([ct], never);
    await reached;
    let isThere = false;
    const bringing = brought.bring(join(folder.path, 'a'), [ct], never).then(() => (isThere = true));
    await Promise.race([bringing, new Promise((resolve) => setTimeout(resolve, 20))]);
    expect(isThere).to.equal(false);
    release();
    await Promise.all([ahead, bringing]);
    expect(brought.sentBytes).to.equal(6);
  });

  it('are sent by a job whose content somebody else could not send', async () => {
    const [lost, kept] = [write('lost.mha', 'pixels'), write('kept.mha', 'pixels')];
    const brought = staging();
    const { reached, release } = far.hold('send');
    const ahead = rejection(brought.bringAhead([lost], never));
    await reached;
    const bringing = brought.bring(join(folder.path, 'a'), [kept], never);
    await new Promise((resolve) => setTimeout(resolve, 20));
    rmSync(lost);
    release();
    expect(await ahead).to.be.an('error');
    await bringing;
    expect(String(far.files.get('/far/root/kept.mha'))).to.equal('pixels');
  });

  it('are sent by a job where who sent them ahead was stopped', async () => {
    const ct = write('ct.mha', 'pixels');
    const brought = staging();
    const stop = new AbortController();
    const { reached, release } = far.hold('send');
    const ahead = rejection(brought.bringAhead([ct], stop.signal));
    await reached;
    const bringing = brought.bring(join(folder.path, 'a'), [ct], never);
    stop.abort(new Error('the case was cancelled'));
    release();
    expect(await ahead).to.equal(stop.signal.reason);
    await bringing;
    expect(String(far.files.get('/far/root/ct.mha'))).to.equal('pixels');
  });

  it('are not brought ahead where jobs see our folder', async () => {
    const ct = write('ct.mha', 'pixels');
    const brought = staging({ sharedFolder: { here: folder.path, there: '/mnt/mqi' } });
    await brought.bringAhead([ct], never);
    expect([brought.sentBytes, far.calls]).to.deep.equal([0, []]);
  });

  it('are sent again when they changed, or were swept away there', async () => {
    const ct = write('ct.mha', 'pixels');
    const brought = staging();
    await brought.bring(join(folder.path, 'a'), [ct], never);
    write('ct.mha', 'other pixels');
    await brought.bring(join(folder.path, 'a'), [ct], never);
    expect(brought.sentBytes).to.equal(18);
    far.files.clear();
    await brought.bring(join(folder.path, 'a'), [ct], never);
    expect(String(far.files.get('/far/root/ct.mha'))).to.equal('other pixels');
    expect(brought.sentBytes).to.equal(30);
  });

  it('that cannot be given their names there, though they lie there, are an error that says why', async () => {
    const ct = write('ct.mha', 'pixels');
    const full = new Error('the disk there is full');
    far.link = () => Promise.reject(full);
    expect(await rejection(staging().bring(join(folder.path, 'a'), [ct], never))).to.equal(full);
    expect(far.calls.filter((call) => call === 'send')).to.have.length(1);
  });

  it('that somebody removes there again and again are not sent without end', async () => {
    const ct = write('ct.mha', 'pixels');
    far.link = () => {
      far.files.clear();
      return Promise.reject(new Error('no such file'));
    };
    expect(await rejection(staging().bring(join(folder.path, 'a'), [ct], never))).to.include({ code: 'host.damaged' });
    expect(far.calls.filter((call) => call === 'send')).to.have.length(3);
  });

  it('are remembered to lie there for as long as they are used, and 10,000 of them at most', async function () {
    this.timeout(120_000); // that many are written and hashed
    const brought = staging();
    const many = (from: number): string[] =>
      Array.from({ length: 5_000 }, (_, n) => write(`${String(from + n)}.dcm`, String(from + n)));
    const ct = write('ct.mha', 'pixels');
    for (const from of [0, 5_000]) await brought.bringAhead([ct, ...many(from)], never);
    far.calls.length = 0;
    await brought.bringAhead([ct], never);
    await brought.bringAhead([join(folder.path, '1.dcm')], never);
    expect(far.calls).to.deep.equal([]);
    await brought.bringAhead([join(folder.path, '0.dcm')], never);
    expect(far.calls).to.deep.equal(['sha256']); // forgotten: asked there, not sent
  });

  it('that are brought ahead of two beams go one beam after the other, and a job does not wait for what has not begun', async () => {
    const [first, second] = [write('first.mha', 'first'), write('second.mha', 'second')];
    const brought = staging();
    const { reached, release } = far.hold('send');
    const ahead = brought.bringAhead([first], never);
    await reached;
    const stop = new AbortController();
    const later = rejection(brought.bringAhead([second], stop.signal));
    await brought.bring(join(folder.path, 'a'), [second], never);
    expect(String(far.files.get('/far/root/second.mha'))).to.equal('second');
    stop.abort(new Error('the case was cancelled'));
    far.calls.length = 0;
    release();
    expect(await later).to.equal(stop.signal.reason);
    await ahead;
    expect(far.calls).to.deep.equal([]);
  });

  it('are sent by the next try when the first one failed', async () => {
    const ct = write('ct.mha', 'pixels');
    const brought = staging();
    far.failure = transient('host.unreachable', 'host far cannot be reached');
    expect(await rejection(brought.bring(join(folder.path, 'a'), [ct], never))).to.equal(far.failure);
    far.failure = null;
    await brought.bring(join(folder.path, 'a'), [ct], never);
    expect(brought.sentBytes).to.equal(6);
  });

  it('are not copied at all on a shared folder', async () => {
    const ct = write('ct.mha', 'pixels');
    write('a/in.json', '{}');
    const brought = staging({ sharedFolder: { here: folder.path, there: '/mnt/mqi' } });
    await brought.bring(join(folder.path, 'a'), [ct], never);
    expect([brought.sentBytes, far.calls]).to.deep.equal([0, []]);
  });

  it('come back as the job left them; what is here already is not fetched', async () => {
    write('a/in.json', '{}');
    far.files.set('/far/root/a/in.json', Buffer.from('{}'));
    far.files.set('/far/root/a/out/dose.raw', Buffer.from('dose'));
    await staging().bringBack(join(folder.path, 'a'), never);
    expect(readFileSync(join(folder.path, 'a', 'out', 'dose.raw'), 'utf8')).to.equal('dose');
    expect(far.calls.filter((name) => name === 'fetch')).to.have.length(1);
  });
});
