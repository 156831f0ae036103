// Which files of tests run beside each other, and in which order: by test/durations.json, which holds of each of the
// longer files how many seconds it took and how many of processor time, its processes included.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Shorter ones are not listed: it does not matter when they run. */
const LISTED_S = 2;
/** A file that keeps a processor busy for less of its time mostly waits. */
const WAITS_BELOW = 0.6;
const PRINTED = 40;

const pathOf = (top) => join(top, 'test', 'durations.json');

/** The longest first, so that none is left over for one process at the end; those that are not listed last, as they come. */
export function lanesOf(top, files, nameOf) {
  const known = existsSync(pathOf(top)) ? JSON.parse(readFileSync(pathOf(top), 'utf8')) : {};
  const of = (file) => known[nameOf(file)] ?? [0, 0];
  const sorted = [...files].sort((a, b) => of(b)[0] - of(a)[0]);
  const waits = (file) => of(file)[1] < of(file)[0] * WAITS_BELOW;
  return { working: sorted.filter((file) => !waits(file)), waiting: sorted.filter(waits) };
}

/** What test/setup.ts has noted, a line for each file that ran in parallel: [file, seconds, seconds of processor]. */
export function durationsOf(path, compiled) {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(([file, ...times]) => [relative(compiled, file).replace(/\.test\.js$/, ''), ...times]);
}

/** Keeps those of files that did not run now. */
export function writeDurations(top, found) {
  const known = existsSync(pathOf(top)) ? JSON.parse(readFileSync(pathOf(top), 'utf8')) : {};
  for (const [name, seconds, busy] of found) known[name] = [Math.round(seconds), Math.round(busy)];
  const listed = Object.entries(known)
    .filter(([, [seconds]]) => seconds >= LISTED_S)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = listed.map(([name, times]) => `  ${JSON.stringify(name)}: [${times.join(', ')}]`);
  writeFileSync(pathOf(top), `{\n${lines.join(',\n')}\n}\n`);
  const costliest = [...found].sort((a, b) => b[1] - a[1]).slice(0, PRINTED);
  console.log(' seconds  processor  file');
  for (const [name, seconds, busy] of costliest)
    console.log(`${seconds.toFixed(1).padStart(8)} ${busy.toFixed(1).padStart(10)}  ${name}`);
}
