import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import sqlite3 from 'sqlite3';
import { ASK_EVERY_MS } from '../../ask-mqi.js';
import { endNow } from '../../end-now.js';
import { removeFolder } from '../../remove-folder.js';
import { until } from '../../until.js';
import { audit } from './audit.js';
import { engineProcesses } from './engine-processes.js';
import { FaultRoot } from './fault-root.js';
import { madeInputs, type MadeInputs } from './made-inputs.js';

/**
 * Runs until there is a file `go`; then gives the dose that lies there. It prints meanwhile: that it computes a little now
 * and then might not be seen on a busy machine.
 */
const ENGINE = `echo "$2" >> "$1/engine-runs"
until [ -e "$1/go" ]; do echo waiting; sleep 0.1; done
cp "$1/dose.mha" "$2.part" && mv "$2.part" "$2"
`;

describe('an attempt that was given up and goes on all the same', function () {
  this.timeout(90_000);
  const place = mkdtempSync(join(tmpdir(), 'mqi-engine-'));
  let made: MadeInputs;
  let root: FaultRoot;
  let service: ReturnType<FaultRoot['start']>;

  before(async () => {
    writeFileSync(join(place, 'engine.sh'), ENGINE);
    made = await madeInputs(2);
  });
  after(() => {
    made.remove();
    removeFolder(place);
  });
  const startWith = async (stallMinutes: number): Promise<void> => {
    const argv = ['sh', join(place, 'engine.sh'), '{workDir}/../../../../..', '{output}'];
    root = new FaultRoot({
      engine: 'command',
      engineSeconds: 0,
      slots: 2,
      doseFile: made.doseFile,
      argv,
      stallMinutes,
    });
    root.drop(made.folder, 'case');
    service = root.start();
    await until('both engines run', () => root.engineRuns().length === 2, 20_000);
  };
  afterEach(async () => {
    service.kill('SIGKILL');
    await service.ended;
    for (const { pid } of engineProcesses(root.path)) endNow(pid);
    root.remove();
  });

  const signalEngines = (signal: NodeJS.Signals): void => {
    for (const { pid } of engineProcesses(root.path)) endNow(pid, signal);
  };
  const inDatabase = async (sql: string): Promise<void> => {
    const database = new sqlite3.Database(join(root.path, 'mqi.sqlite'));
    await promisify((done: (error: Error | null) => void) => database.exec(sql, done))();
    await promisify((done: (error: Error | null) => void) => {
      database.close(done);
    })();
  };
  const delivered = (): readonly string[] =>
    ['RD.001.dcm', 'RD.002.dcm', 'RD.plan.dcm', 'receipt.json'].map((name) =>
      readFileSync(join(root.path, 'outbox', 'case', name), 'base64'),
    );
  const sound = async (): Promise<void> => {
    const { losses, duplicates, wrongs, attempts } = await audit(root, ['case'], 2);
    expect({ losses, duplicates, wrongs }).to.deep.equal({ losses: [], duplicates: [], wrongs: [] });
    expect(attempts, 'two attempts of each beam').to.equal(4);
  };

  it('writes late, into its own folder; what the newer attempt gave stays as it was delivered', async () => {
    await startWith(15);
    const given = root.engineRuns();
    await until(
      'both jobs are recorded',
      async () => (await root.look(['case', 'case'])).stdout.split('"submitted"').length === 3,
      20_000,
      ASK_EVERY_MS,
    );
    signalEngines('SIGSTOP');
    service.kill('SIGKILL');
    await service.ended;
    // As after a restart of the machine: its processes count as gone, though here they are only paused.
    await inDatabase(`UPDATE beams SET job = json_set(job, '$.bootId', '00000000-0000-0000-0000-000000000000')`);
    writeFileSync(join(root.path, 'go'), '');
    expect(await root.runToEnd()).to.include({ code: 0 });
    const first = delivered();
    await sound();

    // The paused ones give twice the dose: were it taken, it would show.
    cpSync(made.doseFile, join(root.path, 'dose.mha'));
    const late = readFileSync(join(root.path, 'dose.mha'));
    for (let at = late.length - 3000; at < late.length; at += 4) late.writeFloatLE(late.readFloatLE(at) * 2, at);
    writeFileSync(join(root.path, 'dose.mha'), late);
    signalEngines('SIGCONT');
    await until('they have written', () => given.every((path) => existsSync(path)), 10_000);
    await until('they have ended', () => engineProcesses(root.path).length === 0, 10_000);
    expect(await root.runToEnd()).to.include({ code: 0 });
    expect(delivered()).to.deep.equal(first);
    await sound();
  });

  it('is ended when it stands still, also where it cannot react, before the next one is started', async () => {
    await startWith(2 / 60);
    const given = engineProcesses(root.path).map(({ pid }) => pid);
    for (const pid of given) endNow(pid, 'SIGSTOP');
    await until('the next attempts run', () => root.engineRuns().length === 4, 40_000);
    const left = engineProcesses(root.path).map(({ pid }) => pid);
    expect(left.filter((pid) => given.includes(pid))).to.deep.equal([]);
    writeFileSync(join(root.path, 'go'), '');
    await until('it is delivered', () => existsSync(join(root.path, 'outbox', 'case', 'receipt.json')), 30_000);
    service.kill('SIGTERM');
    await service.ended;
    expect(await root.runToEnd()).to.include({ code: 0 });
    await sound();
  });
});
