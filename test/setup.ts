import 'reflect-metadata';
import { ChildProcess } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import type { RootHookObject } from 'mocha';

// Tests are compiled with source maps and run from dist/test; this file is loaded before all of them.

/** What keeps a process alive and that a file of tests must therefore have ended: watchers, children, servers, timers. */
const ENDED_BY_THEN = ['FSEventWrap', 'StatWatcher', 'ProcessWrap', 'TCPServerWrap', 'TCPSocketWrap', 'Timeout'];
const LONGEST_WAIT_MS = 20_000;
const LOOK_AGAIN_MS = 20;
/** USER_HZ of Linux. */
const TICKS_PER_SECOND = 100;
/** Mocha's own, over the hook that looks. */
const OURS = new Map([['Timeout', 1]]);

/**
 * Several files share a process when they run side by side, and it is ended with the last of them. So what a file left is
 * looked for after each: it fails that file, by name, where it would keep a process of its own from ending.
 */
export const mochaHooks: RootHookObject = {
  beforeAll() {
    before = counts();
  },
  async afterAll(this: Mocha.Context) {
    const until = Date.now() + LONGEST_WAIT_MS;
    while (left().length > 0 && Date.now() < until) await new Promise((go) => setTimeout(go, LOOK_AGAIN_MS));
    noteDuration(this.test?.parent);
    const names = left();
    if (names.length === 0) return;
    const children = programs();
    const which = children.length > 0 ? ` (children: ${children.join(', ')})` : '';
    throw new Error(`the tests of a file have ended, but left running: ${names.join(', ')}${which}`);
  },
};

/** Of the file before, in this process; at its start nothing was used yet. */
let lastSeconds = 0;
let lastBusySeconds = 0;

/**
 * What a file took, from loading it to its end, for scripts/test-lanes.mjs: `[file, seconds, seconds of processor]`, that
 * of processes included that it started and that have ended (not of those that outlive who started them).
 */
function noteDuration(root: Mocha.Suite | undefined): void {
  const path = process.env['MQI_TEST_DURATIONS'];
  const files = new Set(root?.suites.map(({ file }) => file));
  if (path === undefined || files.size !== 1) return;
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const busySeconds = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) / TICKS_PER_SECOND, 0);
  const seconds = process.uptime();
  const line = JSON.stringify([[...files][0], seconds - lastSeconds, busySeconds - lastBusySeconds]);
  appendFileSync(path, `${line}\n`);
  lastSeconds = seconds;
  lastBusySeconds = busySeconds;
}

let before = new Map<string, number>();

function left(): string[] {
  const now = counts();
  return ENDED_BY_THEN.filter((name) => (now.get(name) ?? 0) > (before.get(name) ?? 0) + (OURS.get(name) ?? 0));
}

/** Programs of children that still run. */
function programs(): readonly string[] {
  const running = process as unknown as { _getActiveHandles(): readonly object[] };
  return running._getActiveHandles().flatMap((one) => (one instanceof ChildProcess ? [one.spawnfile] : []));
}

function counts(): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}
