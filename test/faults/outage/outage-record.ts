import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { OutagePlay, type OutageOptions } from './outage-play.js';

/*
 * Measures an outage of 10 simulated minutes with 500 cases waiting, and writes its part of docs/delivery-record.md:
 * node scripts/outage-record.mjs. The clock is the test's own: what else the machine does changes nothing.
 */

const MINUTE = 60_000;
const CASES = 500;
const [begin, end] = ['<!-- outage: begin -->', '<!-- outage: end -->'];

interface Row {
  readonly capSeconds: number;
  readonly ratePerMinute: number | null;
  readonly attempts: number;
  readonly noticedMs: number;
  readonly drainMs: number;
  readonly mostInside: number;
  readonly failed: number;
  readonly wrong: number;
}

async function measured(capSeconds: number, ratePerMinute: number | null): Promise<Row> {
  const options: OutageOptions = { concurrency: 4, ratePerMinute, takesMs: 200, probeCapSeconds: capSeconds };
  const play = new OutagePlay(options);
  play.away(true);
  await play.drop(CASES);
  play.start();
  await play.clock.advance(10 * MINUTE);
  const { attempts } = play.pacs;
  play.away(false);
  const noticedMs = await play.until(() => play.state?.state === 'working', 100, 20 * MINUTE);
  const drainMs = await play.until(() => play.count('completed') === CASES, 100, 30 * MINUTE);
  const { mostInside } = play.pacs;
  const failed = play.count('failed');
  await play.stop();
  return {
    capSeconds,
    ratePerMinute,
    attempts,
    noticedMs,
    drainMs,
    mostInside,
    failed,
    wrong: play.lostOrDoubled().length,
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const line = (row: Row): string =>
  [
    '',
    `${String(row.capSeconds)} s`,
    row.ratePerMinute === null ? 'none' : String(row.ratePerMinute),
    String(row.attempts),
    seconds(row.noticedMs),
    seconds(row.drainMs),
    String(row.mostInside),
    String(row.failed),
    String(row.wrong),
    '',
  ].join(' | ');

const rows: Row[] = [];
for (const [cap, rate] of [
  [600, null],
  [60, null],
  [60, 600],
] as const) {
  rows.push(await measured(cap, rate));
}
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const section = `${begin}

## An outage of ten minutes with 500 cases waiting

The real workflow, gates and watch on stores in memory and a simulated clock. 500 cases of two objects for a target that is away and an outbox
that works; after ten minutes the target comes back and takes 200 ms for an object, four cases at once (at best 50 s for all).

| \`probeCapSeconds\` | \`ratePerMinute\` | attempts during the outage | until it was noticed that it is back | then until all were delivered | at the target at once | cases failed | objects lost or twice |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map(line).join('\n')}

The attempts are the four that were under way at first, then probes. Delays have jitter, so a repeat differs by some. Commit ${commit}. Again:
\`node scripts/outage-record.mjs\`.

${end}`;
const path = 'docs/delivery-record.md';
const present = existsSync(path) ? readFileSync(path, 'utf8') : '# Record of delivery\n';
const at = present.indexOf(begin);
const text =
  at < 0
    ? `${present}\n${section}\n`
    : present.slice(0, at) + section + present.slice(present.indexOf(end) + end.length);
writeFileSync(path, text);
