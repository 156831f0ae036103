import { createServer, type AddressInfo } from 'node:net';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { operator, permanent, transient } from '../../../src/domain/errors.js';
import { phantomGeometry } from '../../../src/domain/geometry-choice.js';
import { rangeMm } from '../../../src/dose/proton-range.js';
import { BeamModels } from '../../../src/ports/beam-models.js';
import { DiskSpace } from '../../../src/ports/disk-space.js';
import { Engine } from '../../../src/ports/engine.js';
import { GpuFinder } from '../../../src/ports/gpu-finder.js';
import { Inboxes } from '../../../src/ports/inboxes.js';
import { InstanceLock, type LockHolder } from '../../../src/ports/instance-lock.js';
import { NotificationChannels } from '../../../src/ports/notification-channel.js';
import { Scheduler } from '../../../src/ports/scheduler.js';
import { TraceExporter } from '../../../src/ports/trace-exporter.js';
import { type UploadTarget, UploadTargets } from '../../../src/ports/upload-target.js';
import { aChannelRule } from '../../builders/a-channel-rule.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { aBeamModel } from '../../builders/a-pencil-beam-job.js';
import { anEngineResult } from '../../builders/an-engine-result.js';
import { aResource } from '../../builders/a-resource.js';
import { FakeEngine } from '../../fakes/fake-engine.js';
import type { FakeInboxGuard } from '../../fakes/fake-inbox-guard.js';
import { FakeInboxes } from '../../fakes/fake-inboxes.js';
import { FakeNotificationChannel } from '../../fakes/fake-notification-channel.js';
import { FakeScheduler } from '../../fakes/fake-scheduler.js';
import { FakeTraceExporter } from '../../fakes/fake-trace-exporter.js';
import { FakeDiskSpace } from '../../fakes/fake-disk-space.js';
import { tempFolder } from '../../temp-folder.js';

/** Of the beam that is run. */
const GRID = phantomGeometry('', [0, 0, 0], { sizeMm: [60, 60, 103], spacingMm: 2 }).doseGrid;

const unwanted = (): Promise<never> => Promise.reject(new Error('not wanted here'));

interface Check {
  readonly name: string;
  readonly result: string;
  readonly message: string;
  readonly remedy: string | null;
}

describe('mqi doctor', () => {
  const folder = tempFolder();
  let commands: ACommandLine;
  let inboxes: FakeInboxes;
  let guard: FakeInboxGuard;
  let problems: string[];
  let holder: LockHolder | null;
  let engine: FakeEngine;
  /** Where the engine's protons stop. */
  let stopsAtMm: number;

  beforeEach(() => {
    problems = [];
    inboxes = new FakeInboxes('research');
    guard = inboxes.of().guard;
    holder = null;
    const model = aBeamModel({ name: 'generic' });
    engine = new FakeEngine();
    stopsAtMm = rangeMm(100);
    engine.judge = ({ folder: at }) => {
      const path = join(at, 'dose.mha');
      const fallsOff = (index: number): number =>
        ((Math.floor(index / GRID.size[0]) % GRID.size[1]) + 0.5) * 2 < stopsAtMm + 1 ? 1 : 0;
      return Promise.resolve(anEngineResult(path, GRID, fallsOff));
    };
    const scheduler = new FakeScheduler();
    scheduler.plays = () => ({ lines: [], end: { how: 'exited', code: 0 } });
    commands = new ACommandLine()
      .with(InstanceLock, {
        acquire: () => Promise.resolve(),
        release: () => Promise.resolve(),
        holder: () => Promise.resolve(holder),
        onLost: () => undefined,
      })
      .with(Inboxes, inboxes)
      .with(DiskSpace, new FakeDiskSpace(6 * 2 ** 30))
      .with(GpuFinder, { hosts: ['local'], find: () => Promise.resolve([aResource()]) })
      .with(BeamModels, { byName: () => Promise.resolve(model), forMachine: () => Promise.resolve(model) })
      .with(Engine, engine)
      .with(Scheduler, scheduler)
      .with(UploadTargets, [
        { name: 'outbox', kind: 'folder', deliver: unwanted, finish: unwanted, check: () => Promise.resolve(problems) },
      ]);
    commands.cwd = folder.path;
    commands.env = { MQI_ROOT: join(folder.path, 'root'), MQI_INTAKE_MIN_FREE_GIB: '0', MQI_WEB_PORT: '0' };
    mkdirSync(join(folder.path, 'root', 'inbox'), { recursive: true });
    chmodSync(join(folder.path, 'root'), 0o700);
  });

  const examine = async (): Promise<{ exit: number; ok: boolean; of: (name: string) => Check | undefined }> => {
    const { exit, out } = await commands.type('doctor', '--json');
    const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Check[] };
    return { exit, ok, of: (name) => checks.find((check) => check.name === name) };
  };

  it('finds everything in order', async () => {
    expect(await examine()).to.include({ exit: 0, ok: true });
    const { out } = await commands.type('doctor');
    expect(out)
      .to.match(/^ok {4}database: sqlite, sound$/m)
      .and.not.to.contain('->');
  });

  it('says what is wrong with the database, and goes on with the rest', async () => {
    commands.database.refusal = operator('database.newer', 'the database is newer', {
      remedy: 'install the newer program',
    });
    const { exit, of } = await examine();
    expect(of('database')).to.include({ result: 'fail', remedy: 'install the newer program' });
    expect([exit, of('upload outbox')?.result]).to.deep.equal([1, 'ok']);
  });

  it('closes the database after looking at it', async () => {
    commands.database.problems = ['damage in the file'];
    expect((await examine()).of('database')).to.include({ result: 'fail', message: 'damage in the file' });
    expect([commands.database.opened, commands.database.closed]).to.deep.equal([1, 1]);
  });

  it('tries every upload target', async () => {
    problems.push('the folder cannot be written to');
    const { exit, of } = await examine();
    expect([exit, of('upload outbox')?.result]).to.deep.equal([1, 'fail']);
  });

  it('tries every channel of notifications and the collector of traces, and sends nothing', async () => {
    const channel = new FakeNotificationChannel(aChannelRule({ name: 'team' }));
    const exporter = new FakeTraceExporter();
    commands.with(NotificationChannels, [channel]).with(TraceExporter, exporter);
    channel.failure = transient('notify.unreachable', 'the mail server cannot be reached');
    const { exit, of } = await examine();
    expect([exit, of('channel team')?.result, of('traces')?.result]).to.deep.equal([1, 'fail', 'ok']);
    expect([channel.sent, exporter.spans]).to.deep.equal([[], []]);
  });

  it('stores a test object only where the configuration allows it, and says what is left there', async () => {
    let calls = 0;
    const tryStoring = () => Promise.resolve({ ok: calls++ === 0, words: 'left there: DELETE is not taken' });
    const target = { name: 'pacs', kind: 'dicomweb', check: () => Promise.resolve([]), tryStoring };
    commands.with(UploadTargets, [target as unknown as UploadTarget]);
    const configured = (stores: boolean): void => {
      const entry = { name: 'pacs', kind: 'dicomweb', doctorStores: stores, dicomweb: { url: 'http://h/w' } };
      writeFileSync(join(folder.path, 'mqi.yaml'), JSON.stringify({ uploads: [entry] }));
      commands.env['MQI_CONFIG'] = join(folder.path, 'mqi.yaml');
    };
    configured(false);
    expect([(await examine()).of('upload pacs, test object'), calls]).to.deep.equal([undefined, 0]);
    configured(true);
    const line = { result: 'ok', message: 'left there: DELETE is not taken' };
    expect((await examine()).of('upload pacs, test object')).to.include(line);
    expect((await examine()).of('upload pacs, test object')).to.include({ result: 'fail' });
  });

  it('warns of a share that is not there, and fails for one that is no folder', async () => {
    commands.env['MQI_INTAKE_INBOX'] = join(folder.path, 'share');
    guard.surveyError = Object.assign(new Error('no'), { code: 'ENOENT' });
    expect((await examine()).of('inbox')?.result).to.equal('warn');
    guard.surveyError = Object.assign(new Error('no'), { code: 'ENOTDIR' });
    const { exit, of } = await examine();
    expect([exit, of('inbox')?.result]).to.deep.equal([1, 'fail']);
  });

  it('warns of an inbox on sshfs, whose changes come late, unless the quiet time is longer than that', async () => {
    guard.fileSystem = 'fuse.sshfs';
    const finding = (await examine()).of('inbox');
    expect(finding?.result).to.equal('warn');
    expect(JSON.stringify(finding)).to.contain('up to 20 s late').and.contain('-o dir_cache=no');
    commands.env['MQI_INTAKE_QUIET_SECONDS'] = '30';
    expect((await examine()).of('inbox')?.result).to.equal('ok');
  });

  it('says how the inbox would be watched and why, what lies in it, and whether its marker is there', async () => {
    expect((await examine()).of('inbox')?.message).to.match(
      /watched by events \(it is a fake\); 0 entries listed in 0\.0 ms; no marker is configured$/,
    );
    commands.env['MQI_INTAKE_INBOX_MARKER'] = 'share-is-here';
    expect((await examine()).of('inbox')?.message).to.match(/its marker is there$/);
  });

  it('fails for a share that is lost, saying why', async () => {
    guard.lose();
    const { exit, of } = await examine();
    expect(exit).to.equal(1);
    expect(of('inbox')).to.deep.include({
      result: 'fail',
      message: 'the share is lost: it cannot be listed (EIO)',
    });
  });

  it('looks at each inbox by its name, and one that is away keeps the others from nothing', async () => {
    const further = '[{"name": "research", "path": "research-share", "inboxMarker": "here"}]';
    commands.env['MQI_INTAKE_INBOXES'] = further;
    guard.lose();
    const { of } = await examine();
    expect(of('inbox')?.result).to.equal('fail');
    expect(of('inbox research')?.message).to.match(/research-share can be read; .*its marker is there$/);
    guard.bringBack();
    inboxes.of('research').guard.lose();
    expect((await examine()).of('inbox research')?.remedy).to.contain('inbox-seen.research.json');
  });

  it('tells what lies in the inbox and is no case, escaped for the terminal, and warns where somebody must act', async () => {
    inboxes.of().strays = {
      cases: 2,
      groups: [{ why: 'files above the case level', count: 4, examples: ['G1/plan\u001b[2J.dcm'] }],
      all: true,
    };
    const { exit, of } = await examine();
    expect(exit).to.equal(0);
    expect(of('inbox, no case')).to.include({
      result: 'warn',
      message: '4 files lie above the case level of {case}: "G1/plan\\u001b[2J.dcm" and 3 more',
    });
    inboxes.of().strays = { cases: 2, groups: [{ why: 'excluded name', count: 1, examples: ['~x'] }], all: true };
    expect((await examine()).of('inbox, no case')?.result).to.equal('ok');
  });

  it('fails when less is free than the configuration wants', async () => {
    commands.env['MQI_INTAKE_MIN_FREE_GIB'] = '1000000000';
    expect((await examine()).of('disk')?.result).to.equal('fail');
  });

  it('runs a beam through the engine and holds its range against that of its energy', async () => {
    const { exit, of } = await examine();
    expect([exit, of('engine test')?.result]).to.deep.equal([0, 'ok']);
    expect(of('engine test')?.message).to.match(
      /^fake: 100 MeV in water, distal 80 % at 7\d\.\d mm, expected 77\.2 mm/,
    );
    expect(engine.prepared[0]?.gpuUuids).to.have.length(1);
    expect(readdirSync(join(folder.path, 'root', 'work'))).to.deep.equal([]);
  });

  it('fails for an engine whose protons stop elsewhere, warns where it is a little', async () => {
    stopsAtMm = rangeMm(100) + 8;
    expect((await examine()).of('engine test')).to.include({ result: 'fail' });
    stopsAtMm = rangeMm(100) - 3.5;
    const { exit, of } = await examine();
    expect([exit, of('engine test')?.result]).to.deep.equal([0, 'warn']);
  });

  it('fails with the reason of an engine that gives no dose, and removes what it wrote', async () => {
    engine.judge = () => Promise.reject(permanent('engine.bad-dose', 'the dose file is zero everywhere'));
    expect((await examine()).of('engine test')).to.include({
      result: 'fail',
      message: 'the dose file is zero everywhere; it wrote nothing',
    });
    expect(readdirSync(join(folder.path, 'root', 'work'))).to.deep.equal([]);
  });

  it('says so where no beam of a case would run', async () => {
    commands.with(GpuFinder, {
      hosts: ['local'],
      find: () => Promise.resolve([aResource({ fault: 'it needs a reset' })]),
    });
    expect((await examine()).of('engine test')).to.include({ result: 'warn' });
    expect(engine.prepared).to.have.length(0);
  });

  it('leaves the GPUs of a running service alone, unless told otherwise', async () => {
    holder = { pid: 7, host: 'here', since: '' };
    expect((await examine()).of('engine test')?.message).to.contain('not run');
    expect(engine.prepared).to.have.length(0);
    await commands.type('doctor', '--engine-test');
    expect(engine.prepared).to.have.length(1);
  });

  it('looks for all that a job of moqui is started with', async () => {
    const found = async (moqui: object): Promise<{ readonly message: string } | undefined> => {
      writeFileSync(join(folder.path, 'c.yaml'), JSON.stringify({ engine: { kind: 'moqui', moqui } }));
      return (await examine()).of('engine');
    };
    Object.assign(commands.env, { MQI_CONFIG: 'c.yaml', PATH: process.env['PATH'] ?? '' });
    const [program, machineFile] = ['sh', join(folder.path, 'c.yaml')];
    expect(await found({ program, machineFile: 'none.txt' })).to.include({ remedy: 'mend engine.moqui.machineFile' });
    expect(await found({ program: 'none', machineFile })).to.include({
      remedy: 'mend engine.moqui.program, or let the user of the service run the program (chmod +x)',
    });
    expect(await found({ program, machineFile })).to.include({ result: 'ok' });
    const misspelt = await found({ program, machineFile, parameters: { XShift: 1, XShft: 1 } });
    expect(misspelt?.message).to.contain('to read XShft;');
    const aborting = await found({ program, machineFile, parameters: { Calibration: 'own' } });
    expect(aborting?.message).to.contain('Calibration');
  });

  it('finds the port taken by another program, but not by the service itself', async () => {
    const other = createServer();
    try {
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      commands.env['MQI_WEB_PORT'] = String((other.address() as AddressInfo).port);
      expect((await examine()).of('web')?.result).to.equal('fail');
      holder = { pid: 7, host: 'here', since: '' };
      const { of } = await examine();
      expect([of('web')?.result, of('service')?.message]).to.deep.equal(['ok', 'running on here as process 7']);
    } finally {
      other.close();
    }
  });
});
