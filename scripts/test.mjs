// npm test [-- folder or file of test/ ...]: installs and builds if needed, runs the tests, says what was skipped.
// With --record, after the tests, scripts/durability-record.mjs and delivery-record.mjs. With --durations, how long each
// file took is written to test/durations.json, and the costliest are printed. With CI=true a skipped test fails.
// Ends with the runner's summary and a line "N passed, N failed". How many files run at once: docs/adr/0215 and 0267.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { durationsOf, lanesOf, writeDurations } from './test-lanes.mjs';
import { ready, run } from './ready.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
const compiled = join(top, 'dist', 'test');
const ALL = ['faults', 'e2e', 'property', 'integration', 'contract', 'unit'];
/**
 * What these look at another test running beside them would change; or they change what others do: inotify-limits takes all
 * file events from the whole machine for a while.
 */
const ALONE = [
  'integration/dicom/rt-dose-aside',
  'integration/event-loop',
  'integration/watcher/inotify-limits',
  'property/reading-fuzz',
];
/** Fewer files than this are run one after the other in one process, as is best for looking at a failure. */
const MANY = 12;
/** Files that work, and beside them files that mostly wait: on two cores the latter leave the former what they need. */
const AT_A_TIME = { working: 2, waiting: 2 };
const OURS = ['--record', '--durations'];

ready();
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const passedOn = process.argv.slice(2).filter((arg) => arg.startsWith('-') && !OURS.includes(arg));
const files = (wanted.length > 0 ? wanted : ALL).flatMap((name) => {
  const path = join(compiled, name);
  if (existsSync(`${path}.test.js`)) return [`${path}.test.js`];
  if (!existsSync(path)) {
    console.error(`there is no folder or file of tests ${name} (relative to test/, without .test.ts)`);
    process.exit(2);
  }
  return readdirSync(path, { recursive: true })
    .filter((file) => file.endsWith('.test.js'))
    .map((file) => join(path, file))
    .sort();
});
const nameOf = (file) => relative(compiled, file).replace(/\.test\.js$/, '');

/** Of this run: what each part of it has to tell, and what its files make for each other. */
const ours = mkdtempSync(join(tmpdir(), 'mqi-tests-'));
const [tallies, shared] = ['tallies', 'shared'].map((name) => join(ours, name));
for (const folder of [tallies, shared]) mkdirSync(folder);
const durations = join(ours, 'durations');
let status;
try {
  status = files.length < MANY ? await mocha(files) : await inLanes();
  if (process.argv.includes('--durations')) writeDurations(top, durationsOf(durations, compiled));
  printSum();
} finally {
  rmSync(ours, { recursive: true, force: true });
}
if (status !== 0) process.exit(status);
if (process.argv.includes('--record')) {
  for (const record of ['durability-record.mjs', 'delivery-record.mjs'])
    run(process.execPath, [join(top, 'scripts', record)]);
}

/** Those that work and those that wait beside each other; what the latter say is printed when both have ended. */
async function inLanes() {
  const alone = files.filter((file) => ALONE.includes(nameOf(file)));
  const { working, waiting } = lanesOf(
    top,
    files.filter((file) => !alone.includes(file)),
    nameOf,
    AT_A_TIME,
  );
  const said = [];
  const codes = await Promise.all([
    mocha(working, inParallel(AT_A_TIME.working)),
    mocha(waiting, inParallel(AT_A_TIME.waiting), said),
  ]);
  process.stdout.write(Buffer.concat(said));
  codes.push(await mocha(alone));
  return codes.find((code) => code !== 0) ?? 0;
}

function inParallel(files) {
  return ['--parallel', '--jobs', String(files)];
}

/** The exit code. Where `said` is given its output goes there, else to ours. */
function mocha(paths, options = [], said = null) {
  if (paths.length === 0) return 0;
  const program = join(top, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const reporter = ['--reporter', join(compiled, 'summary-reporter.js'), '--timeout', '30000'];
  const strict = process.env.CI === 'true' ? ['--forbid-pending', '--forbid-only'] : [];
  // A log file is read by people and machines: no colours there, also where CI=true makes mocha think otherwise.
  const plain = process.stdout.isTTY ? [] : ['--no-color'];
  const args = ['--enable-source-maps', program, ...reporter, ...plain, ...strict, ...options, ...passedOn, ...paths];
  const child = spawn(process.execPath, args, {
    cwd: top,
    stdio: ['inherit', said === null ? 'inherit' : 'pipe', 'inherit'],
    env: { ...process.env, MQI_TEST_TALLY: tallies, MQI_TEST_DURATIONS: durations, MQI_TEST_SHARED: shared },
  });
  child.stdout?.on('data', (text) => said.push(text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** What was skipped and what failed, which may stand far above, then one line that machines read. */
function printSum() {
  const parts = readdirSync(tallies).map((name) => JSON.parse(readFileSync(join(tallies, name), 'utf8')));
  const skipped = parts.flatMap((part) => part.skipped);
  const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
  for (const title of skipped) console.log(`skipped: ${title}`);
  for (const failure of parts.flatMap((part) => part.failed)) console.log(`failed: ${failure}`);
  const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  console.log(`${sum('passes')} passed, ${sum('failures')} failed${tail}`);
}
