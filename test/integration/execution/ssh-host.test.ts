import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SshHost } from '../../../src/adapters/hosts/ssh/ssh-host.js';
import type { SshOptions } from '../../../src/adapters/hosts/ssh/ssh-options.js';
import { DirectScheduler } from '../../../src/adapters/schedulers/direct-scheduler.js';
import { StagedScheduler } from '../../../src/adapters/schedulers/staged-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import { HostPaths } from '../../../src/domain/host-paths.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import type { JobRequest } from '../../../src/ports/scheduler.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { SshServer } from '../../mounts/ssh-server.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const LIMITS = { timeoutMs: 60_000, stallMs: 60_000 };
const never = new AbortController().signal;

describe('a host reached by SSH', () => {
  const folder = tempFolder();
  const clock = new SystemClock();
  let server: SshServer;
  let hosts: SshHost[] = [];
  beforeEach(async () => {
    hosts = [];
    server = new SshServer(join(folder.path, 'sshd'));
    await server.start();
  });
  afterEach(async () => {
    for (const host of hosts) host.close();
    await server.stop();
  });

  function reach(change: Partial<SshOptions> = {}): SshHost {
    const host = new SshHost({ name: 'far', ...server.reach, ...change }, clock);
    hosts.push(host);
    return host;
  }

  function staged(host: SshHost): StagedScheduler {
    const paths = new HostPaths({
      root: folder.path,
      workDir: join(folder.path, 'far'),
      sharedFolder: null,
      installed: [],
    });
    const direct = new DirectScheduler(host, clock, { pollMs: 300 });
    return new StagedScheduler(direct, host.files, clock, new FakeLogger(), { paths, keepDays: 7 });
  }

  const request = (script: string, change: Partial<JobRequest> = {}): JobRequest => ({
    folder: join(folder.path, 'attempt'),
    argv: ['sh', '-c', script],
    env: {},
    gpuUuids: [],
    ...change,
  });

  it('is refused while its key is not the known one, which needs a person', async () => {
    const other = new SshServer(join(folder.path, 'other'));
    await other.start();
    try {
      const { knownHosts } = other.reach;
      writeFileSync(knownHosts, readFileSync(knownHosts, 'utf8').replace(/:\d+\]/, `:${String(server.reach.port)}]`));
      const error = await rejection(reach({ knownHosts }).makeFolder(join(folder.path, 'a')));
      expect(error).to.include({ severity: 'operator', code: 'host.key-unknown' });
    } finally {
      await other.stop();
    }
  });

  it('that does not let us in needs a person; one that does not answer is tried again', async () => {
    const stranger = join(folder.path, 'stranger');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger]);
    expect(await rejection(reach({ keyFile: stranger }).readText('/a'))).to.include({
      severity: 'operator',
      code: 'host.auth',
    });
    expect(await rejection(reach({ port: 1 }).readText('/a'))).to.include({
      severity: 'transient',
      code: 'host.unreachable',
    });
  });

  it('takes names with spaces, quotes, newlines and what a shell would run as they are', async () => {
    const host = reach();
    const odd = join(folder.path, `a "b" 'c' $(touch ${join(folder.path, 'ran')}) ; \`id\` \n\\0101 ü`);
    await host.makeFolder(odd);
    expect(statSync(odd).isDirectory()).to.equal(true);
    expect(await host.createExclusive(join(odd, '-n'), `$(id)\n%s\\0101`)).to.equal(true);
    expect(await host.readText(join(odd, '-n'))).to.equal(`$(id)\n%s\\0101`);
    expect(readFileSync(join(odd, '-n'), 'utf8')).to.equal(`$(id)\n%s\\0101`);
    const said = await host.run(['printf', '%s|', '', 'a b', `'"$x`], 10_000);
    expect(said).to.include({ how: 'exited', code: 0, stdout: `|a b|'"$x|` });
    expect(existsSync(join(folder.path, 'ran'))).to.equal(false);
  });

  it('brings a file of another beam with the same content without sending it again, and fetches results whole', async () => {
    const host = reach();
    const scheduler = staged(host);
    const ct = join(folder.path, 'ct.mha');
    writeFileSync(ct, randomBytes(5_000_000));
    for (const attempt of ['one', 'two']) {
      const sent = scheduler.staging.sentBytes;
      const place = join(folder.path, attempt);
      mkdirSync(place);
      writeFileSync(join(place, 'in.txt'), attempt);
      const script = 'mkdir out; cat in.txt "$1" > "out/a b.raw"; echo 100%';
      const argv = ['sh', '-c', script, 'sh', scheduler.there('far', ct)];
      const job = await scheduler.submit(request('', { folder: place, argv, inputs: [ct] }));
      expect(scheduler.staging.sentBytes - sent).to.equal(attempt === 'one' ? 5_000_003 : 3);
      expect(await scheduler.wait(job, LIMITS, { onLine: () => undefined }, never)).to.include({ code: 0 });
      const wanted = Buffer.concat([Buffer.from(attempt), readFileSync(ct)]);
      expect(readFileSync(join(place, 'out', 'a b.raw')).equals(wanted)).to.equal(true);
      expect(existsSync(job.folder), 'the far folder is cleaned').to.equal(false);
    }
  });

  it('brings a file ahead of the job that reads it; stopped on the way it leaves nothing, and the job brings it', async () => {
    const scheduler = staged(reach());
    const ct = join(folder.path, 'ct.mha');
    writeFileSync(ct, randomBytes(60_000_000));
    const blobs = join(folder.path, 'far', 'blobs');
    const stop = new AbortController();
    const stopped = rejection(scheduler.bringAhead('far', [ct], stop.signal));
    await until('it is under way', () => existsSync(blobs) && readdirSync(blobs).length > 0);
    const argv = ['cmp', scheduler.there('far', ct), ct];
    const submitted = scheduler.submit(request('', { argv, inputs: [ct] }));
    stop.abort(new Error('the case was cancelled'));
    expect(await stopped).to.be.an('error');
    const job = await submitted;
    expect(await scheduler.wait(job, LIMITS, { onLine: () => undefined }, never)).to.include({ code: 0 });
    expect(scheduler.staging.sentBytes).to.equal(60_000_000);
    expect(readdirSync(blobs)).to.have.length(1);
  });

  it('brings what was swept away there once more, before a job reads it', async () => {
    const scheduler = staged(reach());
    const ct = join(folder.path, 'ct.mha');
    writeFileSync(ct, 'pixels');
    await scheduler.bringAhead('far', [ct], never);
    const blobs = join(folder.path, 'far', 'blobs');
    for (const name of readdirSync(blobs)) rmSync(join(blobs, name));
    const argv = ['cmp', scheduler.there('far', ct), ct];
    const job = await scheduler.submit(request('', { argv, inputs: [ct] }));
    expect(await scheduler.wait(job, LIMITS, { onLine: () => undefined }, never)).to.include({ code: 0 });
  });

  it('takes many files in one stream, empty ones and oddly named ones too; one that is not what its hash says is refused', async () => {
    const { files } = reach();
    const names = ['empty', 'a b', "it's", 'two\nlines', '한글', '*'];
    const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    const many = names.map((name, i) => {
      const bytes = randomBytes(i * 70_001);
      const from = join(folder.path, `from-${String(i)}`);
      writeFileSync(from, bytes);
      return { from, to: join(folder.path, 'there', name), sha256: sha256Of(bytes) };
    });
    await files.sendMany(many, never);
    for (const { from, to } of many) expect(readFileSync(to).equals(readFileSync(from)), to).to.equal(true);

    const wrong = many.map((one, i) => ({
      ...one,
      to: `${one.to}.2`,
      sha256: i === 2 ? sha256Of(Buffer.from('other')) : one.sha256,
    }));
    expect(await rejection(files.sendMany(wrong, never))).to.include({ code: 'host.damaged', severity: 'transient' });
    expect(wrong.map(({ to }) => existsSync(to))).to.deep.equal([true, true, false, true, true, true]);
    expect(readdirSync(join(folder.path, 'there')).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
  });

  it('may be cut off while a job runs: the job goes on, and its end is known once the host is reached again', async () => {
    const scheduler = staged(reach());
    const go = join(folder.path, 'go');
    const job = await scheduler.submit(request(`echo on; while [ ! -e ${go} ]; do sleep 0.05; done; exit 5`));
    const lines: string[] = [];
    const ended = scheduler.wait(job, LIMITS, { onLine: (line) => lines.push(line) }, never);
    await until('its output is seen', () => lines.includes('on'));
    await server.stop();
    writeFileSync(go, '');
    await server.start();
    expect(await ended).to.deep.equal({ how: 'exited', code: 5 });
  });

  it('wakes who waits for a change when the connection is lost, also long after the watch was set', async () => {
    const host = reach();
    const woken = host.folderChanged(folder.path, 60_000, never);
    expect(await host.readText(join(folder.path, 'none')), 'the watch is set').to.equal(null);
    server.dropAll();
    await woken;
  });

  it('may be cut off at any point of handing a job over: it runs once', async () => {
    const counted = join(folder.path, 'count');
    for (let n = 0; n < 4; n++) {
      const scheduler = staged(reach());
      const place = join(folder.path, `attempt-${String(n)}`);
      const wanted = request(`echo ran >> ${counted}-${String(n)}`, { folder: place });
      await scheduler.find(place);
      const submitted = scheduler.submit(wanted).catch(() => null);
      // Sooner or later into the hand-over, so that each of its calls is the one that is lost.
      for (let turn = 0; turn < n * 60; turn++) await new Promise(setImmediate);
      server.dropAll();
      await submitted;
      const found = await until(
        'the host says what became of it',
        () =>
          scheduler
            .find(place)
            .catch(() => false as const)
            .then((job) => (job === null ? 'none' : job)),
        20_000,
      );
      const again = (): Promise<JobHandle | false> =>
        scheduler.submit({ ...wanted, folder: `${place}-again` }).catch(() => false);
      // Where it was cut off before anything was asked of the host, the loss may not have been noticed yet.
      const job = found === 'none' ? await until('it is started anew', again, 20_000) : found;
      await scheduler.wait(job, LIMITS, { onLine: () => undefined }, never);
      expect(readFileSync(`${counted}-${String(n)}`, 'utf8'), `cut off after ${String(n * 60)} turns`).to.equal(
        'ran\n',
      );
    }
  }).timeout(90_000);
});
