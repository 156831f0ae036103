import 'reflect-metadata';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SettingsSchema } from '../../src/config/settings.js';
import { InboxWatcher } from '../../src/adapters/watcher/inbox-watcher.js';
import { ShareGuard } from '../../src/adapters/watcher/share-guard.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { folderHash } from '../../src/workflow/folder-hash.js';
import { FolderSpelling } from '../../src/workflow/folder-spelling.js';
import { Registrar } from '../../src/workflow/registrar.js';
import { FakeCaseControl } from '../fakes/fake-case-control.js';
import { FakeInboxes } from '../fakes/fake-inboxes.js';
import { FakeIntakeMemory } from '../fakes/fake-intake-memory.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { FakeNudge } from '../fakes/fake-nudge.js';
import { FakeTables } from '../fakes/fake-tables.js';
import { realStores, sqliteOptions } from '../real-stores.js';
import { until } from '../until.js';

/*
 * Intake alone, watcher and registrar on SQLite: from a drop to its row, for one folder of 324 slices and for 200 folders
 * at once; then what 10,000 folders, already taken, cost at rest. Also the longest time the event loop stood still.
 */
const QUIET_SECONDS = 1;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const root = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
const inbox = join(root, 'inbox');
const loop = monitorEventLoopDelay({ resolution: 2 });

function makeFolder(path: string, files: number): void {
  mkdirSync(path, { recursive: true });
  for (let i = 0; i < files; i += 1) writeFileSync(join(path, `CT.${String(i)}.dcm`), 'slice');
}

const stores = realStores(sqliteOptions(join(root, 'bench.sqlite')));
await stores.database.open();
const log = new FakeLogger();
const registrar = new Registrar(
  stores.cases,
  new FakeCaseControl(new FakeTables()),
  new FakeNudge(),
  new SystemClock(),
  log,
  SettingsSchema.parse({}),
  new FolderSpelling(stores.cases, new FakeInboxes()),
);
const registeredAt = new Map<string, number>();
const hashOf = (folder: string): string => folderHash({ inbox: '', folder });
const options = {
  inbox,
  createInbox: true,
  layout: '{case}',
  readyMarker: null,
  watch: 'auto',
  folderHash: hashOf,
} as const;
const clock = new SystemClock();
const memory = join(root, 'inbox-seen.json');
const guard = new ShareGuard({ inbox, inboxMarker: null, watch: 'auto', memory }, clock, log);
const watcher = new InboxWatcher(
  { ...options, quietSeconds: QUIET_SECONDS, pollSeconds: 5 },
  clock,
  log,
  guard,
  new FakeIntakeMemory(),
);
await watcher.start(async (settled) => {
  await registrar.register({ inbox: '', ...settled });
  registeredAt.set(settled.folder, performance.now());
});

/** Milliseconds from the end of the quiet window to the row. */
const late = (folder: string, droppedAt: number): number =>
  (registeredAt.get(folder) ?? NaN) - droppedAt - QUIET_SECONDS * 1000;

async function oneBigFolder(): Promise<void> {
  makeFolder(join(root, 'big', 'CT'), 324);
  cpSync(join(root, 'big'), join(inbox, 'big'), { recursive: true });
  const droppedAt = performance.now();
  await until('the row', () => registeredAt.has('big'));
  print(`one folder of 324 files, quiet window to row: ${late('big', droppedAt).toFixed(0)} ms (wanted: under 200)`);
}

async function manyFolders(): Promise<void> {
  loop.reset();
  for (let i = 0; i < 200; i += 1) makeFolder(join(inbox, `drop ${String(i)}`, 'CT'), 20);
  const droppedAt = performance.now();
  await until('200 rows', () => registeredAt.size === 201, 60_000);
  const all = [...registeredAt.keys()].filter((folder) => folder.startsWith('drop')).map((f) => late(f, droppedAt));
  print(
    `200 folders of 20 files dropped at once, quiet window to last row: ${Math.max(...all).toFixed(0)} ms (wanted: under 2000)`,
  );
  print(`event loop meanwhile stood still at most ${(loop.max / 1e6).toFixed(0)} ms (wanted: under 100)`);
}

async function atRest(): Promise<void> {
  loop.reset();
  for (let i = 0; i < 10_000; i += 1) {
    makeFolder(join(inbox, `old ${String(i)}`), 2);
    if (i % 50 === 0) await new Promise(setImmediate);
  }
  const startedAt = performance.now();
  await until('10,000 rows', () => registeredAt.size === 10_201, 300_000);
  print(`10,000 folders more: rows there ${((performance.now() - startedAt) / 1000).toFixed(1)} s after the last drop`);
  print(`event loop meanwhile stood still at most ${(loop.max / 1e6).toFixed(0)} ms (wanted: under 100)`);
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  const { user, system } = process.cpuUsage(before);
  print(`10,200 folders at rest: ${((user + system) / 200_000).toFixed(2)} % of one core`);
}

try {
  loop.enable();
  await oneBigFolder();
  await manyFolders();
  await atRest();
} finally {
  await watcher.stop();
  await stores.database.close();
  rmSync(root, { recursive: true, force: true });
}
