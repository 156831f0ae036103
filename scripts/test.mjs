// npm test [-- folder or file of test/ ...]: installs and builds if needed, runs the tests, says what was skipped.
// With --record, after the tests, scripts/durability-record.mjs and delivery-record.mjs. With CI=true a skipped test fails.
// Ends with the runner's summary and a line "N passed, N failed". Many files run two at a time, and after them, by
// themselves, those that watch how long something takes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ready, run } from './ready.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
/** The longest files are among the first, so that none is left over for one process at the end. */
const ALL = ['faults', 'e2e', 'property', 'integration', 'contract', 'unit'];
/** What these look at another test running beside them would change. */
const ALONE = ['integration/event-loop', 'property/reading-fuzz'];
/** Fewer files than this are run one after the other in one process, as is best for looking at a failure. */
const MANY = 12;
const AT_A_TIME = 2;

ready();
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const passedOn = process.argv.slice(2).filter((arg) => arg.startsWith('-') && arg !== '--record');
const files = (wanted.length > 0 ? wanted : ALL).flatMap((name) => {
  const path = join(top, 'dist', 'test', name);
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

const alone = files.filter((file) => ALONE.some((name) => file === join(top, 'dist', 'test', `${name}.test.js`)));
const status = files.length < MANY ? mocha(files, {}) : inTwoParts();
if (status !== 0) process.exit(status);
if (process.argv.includes('--record')) {
  for (const record of ['durability-record.mjs', 'delivery-record.mjs'])
    run(process.execPath, [join(top, 'scripts', record)]);
}

function inTwoParts() {
  const folder = mkdtempSync(join(tmpdir(), 'mqi-tally-'));
  try {
    const others = files.filter((file) => !alone.includes(file));
    const environment = { MQI_TEST_TALLY: join(folder, 'tally.json') };
    const many = ['--parallel', '--jobs', String(AT_A_TIME)];
    const more = alone.length > 0 ? { MQI_TEST_MORE: 'true' } : {};
    const first = mocha(others, { ...environment, ...more }, many);
    const second = alone.length > 0 ? mocha(alone, environment) : 0;
    return first === 0 ? second : first;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mocha(paths, environment, options = []) {
  const program = join(top, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const reporter = ['--reporter', join(top, 'dist/test/summary-reporter.js'), '--timeout', '30000'];
  const strict = process.env.CI === 'true' ? ['--forbid-pending', '--forbid-only'] : [];
  // A log file is read by people and machines: no colours there, also where CI=true makes mocha think otherwise.
  const plain = process.stdout.isTTY ? [] : ['--no-color'];
  const args = ['--enable-source-maps', program, ...reporter, ...plain, ...strict, ...options, ...passedOn, ...paths];
  const { status: code, error } = spawnSync(process.execPath, args, {
    cwd: top,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (error) throw error;
  return code ?? 1;
}
