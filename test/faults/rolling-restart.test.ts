import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import type { CaseState } from '../../src/domain/case-machine.js';
import { SqliteInstanceLock } from '../../src/adapters/database/sqlite-instance-lock.js';
import { realStores, sqliteOptions } from '../real-stores.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const FAKE_ENGINE = fileURLToPath(new URL('../../../scripts/fake-engine.mjs', import.meta.url));

/**
 * Notes each start of the engine: nothing may be calculated twice. It ends once there is a file `engine-runs.go`, or no
 * folder of the test any more.
 */
const COUNTING = (runs: string): readonly string[] => [
  'sh',
  '-c',
  'echo "$1" >> "$0"; shift; while [ ! -e "$0.go" ] && [ -e "$0" ]; do sleep 0.1; done; exec "$@"',
  runs,
  '{output}',
  process.execPath,
  FAKE_ENGINE,
  '--geometry',
  '{geometry}',
  '--output',
  '{output}',
];

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly said: () => string;
}

describe('two services that want the same', function () {
  this.timeout(60_000);
  let children: ChildProcess[] = [];
  // Before the folder goes: hooks run in the order in which they are named.
  afterEach(async () => {
    const alive = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    children = [];
    for (const child of alive) child.kill('SIGKILL');
    await Promise.all(alive.map((child) => once(child, 'exit')));
  });
  const folder = tempFolder();
  const path = (...names: string[]): string => join(folder.path, ...names);

  /** Starts a service on a root of that name; the database is common to all. */
  function start(root: string, ...flags: string[]): Started {
    const config = {
      root: path(root),
      database: { path: path('common', 'mqi.sqlite') },
      intake: { inbox: path('inbox'), quietSeconds: 0.2, pollSeconds: 1, minFreeGiB: 0 },
      geometry: { phantom: { sizeMm: [40, 40, 60], spacingMm: 5 } },
      engine: { kind: 'command', command: { argv: COUNTING(path('engine-runs')) } },
      execution: { slots: 2 },
      uploads: [{ name: 'outbox', kind: 'folder', path: path('outbox') }],
      web: { enabled: false },
    };
    const file = path(`${root}.yaml`);
    writeFileSync(file, JSON.stringify(config)); // JSON is YAML
    const child = spawn(process.execPath, [CLI, 'start', '--config', file, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    return { child, ended, said: () => text };
  }

  const serves = (service: Started): Promise<unknown> =>
    until('the service works', () => service.said().includes('service started'), 20_000);

  async function states(): Promise<readonly CaseState[]> {
    const stores = realStores(sqliteOptions(path('common', 'mqi.sqlite')));
    await stores.database.open();
    try {
      return (await stores.queries.list({})).map(({ kase }) => kase.state);
    } finally {
      await stores.database.close();
    }
  }

  const engineRuns = (): readonly string[] => {
    try {
      return readFileSync(path('engine-runs'), 'utf8').trim().split('\n');
    } catch {
      return []; // none has run yet
    }
  };

  beforeEach(async () => {
    mkdirSync(path('inbox'));
    mkdirSync(path('outbox'));
    const small = { beams: 3, layers: 1, spotsPerLayer: 1, withCt: false, withDeliveryLogs: false, seed: 1 };
    await new SyntheticCaseMaker().make(path('inbox', 'case'), small);
  });

  it('refuses a second root on the same database at once, naming the first', async () => {
    const first = start('root-1');
    await serves(first);
    const second = start('root-2');
    expect(await second.ended).to.equal(1);
    expect(second.said()).to.match(new RegExp(`on this database: pid ${String(first.child.pid)} on .*--wait`));
  });

  it('hands over in a rolling restart with nothing done twice', async () => {
    const old = start('root-1');
    await until('the first engine runs', () => engineRuns().length > 0, 30_000);
    const next = start('root-1', '--wait', '30', '--once');
    await until('the next one waits', () => next.said().includes('waiting for another service'), 20_000);
    expect(await states()).to.deep.equal(['interpreted']);
    old.child.kill('SIGTERM');
    expect(await old.ended).to.equal(0);
    writeFileSync(path('engine-runs.go'), '');
    expect(await next.ended, next.said()).to.equal(0);
    expect(await states()).to.deep.equal(['completed']);
    expect(new Set(engineRuns()).size, 'one attempt for each beam').to.equal(3);
    expect(engineRuns()).to.have.length(3);
  });

  it('goes on within seconds when the one it waits for is killed', async () => {
    const old = start('root-1');
    await serves(old);
    const next = start('root-1', '--wait', '60');
    await until('the next one waits', () => next.said().includes('waiting for another service'), 20_000);
    old.child.kill('SIGKILL');
    const killedAt = performance.now();
    await serves(next);
    // Of these a busy machine takes most for the start; who waited for the time given would be far beyond.
    expect(performance.now() - killedAt).to.be.lessThan(15_000);
    expect(await new SqliteInstanceLock(path('root-1')).holder()).to.include({ pid: next.child.pid });
    next.child.kill('SIGTERM');
    expect(await next.ended).to.equal(0);
  });

  it('gives up when the time is over', async () => {
    const first = start('root-1');
    await serves(first);
    const second = start('root-2', '--wait', '1');
    expect(await second.ended).to.equal(1);
    expect(second.said()).to.include('on this database');
    first.child.kill('SIGTERM');
    expect(await first.ended).to.equal(0);
  });
});
