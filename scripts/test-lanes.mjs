// Which files of tests run beside each other, and in which order: by test/durations.json, which holds of each of the
// longer files how many seconds it took and how many of processor time, its processes included.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Shorter ones are not listed: it does not matter when they run. */
const LISTED_S = 2;
/** What such a one is taken to last, all of it work. */
const SHORT_S = 0.5;
const PRINTED = 40;

const pathOf = (top) => join(top, 'test', 'durations.json');

/**
 * All the time there is to spend, divided as many files run at a time in each lane, so that neither is left over alone: in
 * one the files that keep a processor busiest, in the other those that wait most. In each the longest first, those that are
 * not listed last.
 * @param atATime files at a time in each lane
 */
export function lanesOf(top, files, nameOf, atATime) {
  const known = existsSync(pathOf(top)) ? JSON.parse(readFileSync(pathOf(top), 'utf8')) : {};
  const of = (file) => known[nameOf(file)] ?? [SHORT_S, SHORT_S];
  const seconds = (file) => of(file)[0];
  const busy = (file) => of(file)[1] / of(file)[0];
  const lanes = { working: [], waiting: [] };
  const share = atATime.working / (atATime.working + atATime.waiting);
  let left = files.reduce((sum, file) => sum + seconds(file), 0) * share;
  for (const file of [...files].sort((a, b) => busy(b) - busy(a))) {
    lanes[left > 0 ? 'working' : 'waiting'].push(file);
    left -= seconds(file);
  }
  for (const lane of Object.values(lanes)) lane.sort((a, b) => seconds(b) - seconds(a));
  return lanes;
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
