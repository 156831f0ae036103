// npm test [-- folder or file of test/ ...]: installs and builds if needed, runs the tests, says what was skipped.
// With --record, after the tests, scripts/durability-record.mjs and scripts/delivery-record.mjs. With CI=true a skipped test fails. Ends with the runner's
// summary and a line "N passed, N failed".
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ready, run } from './ready.mjs';

const top = fileURLToPath(new URL('..', import.meta.url));
const ALL = ['unit', 'property', 'contract', 'integration', 'faults', 'e2e'];

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
const mocha = join(top, 'node_modules', 'mocha', 'bin', 'mocha.js');
const strict = process.env.CI === 'true' ? ['--forbid-pending', '--forbid-only'] : [];
const own = [
  '--enable-source-maps',
  mocha,
  '--reporter',
  join(top, 'dist/test/summary-reporter.js'),
  '--timeout',
  '30000',
];
// A log file is read by people and machines: no colours there, also where CI=true makes mocha think otherwise.
const plain = process.stdout.isTTY ? [] : ['--no-color'];
run(process.execPath, [...own, ...plain, ...strict, ...passedOn, ...files]);
if (process.argv.includes('--record')) {
  for (const record of ['durability-record.mjs', 'delivery-record.mjs'])
    run(process.execPath, [join(top, 'scripts', record)]);
}
