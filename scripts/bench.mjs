// npm run bench [-- NAME ...]: builds if needed, then runs the benches of test/bench (all, or those named) one by one.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ready, run } from './ready.mjs';

const ENDING = '.bench.js';
const folder = fileURLToPath(new URL('../dist/test/bench', import.meta.url));

ready();
const all = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith(ENDING))
      .map((file) => file.slice(0, -ENDING.length))
      .sort()
  : [];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n# ${name}`);
  run(process.execPath, ['--enable-source-maps', join(folder, name + ENDING)]);
}
