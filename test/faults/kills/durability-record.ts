import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EngineKind } from './fault-root.js';
import { brokenPromises, killAtEach, pointsOf, type KillResult } from './kill-matrix.js';
import { madeInputs } from './made-inputs.js';
import { randomKills, VICTIMS, type RandomKillsResult, type Victim } from './random-kills.js';
import { clusterKills, controllerKills, farMatrix } from './record-cluster.js';
import { withSection } from './record-sections.js';

/*
 * The record of what was tried against durability: `node scripts/durability-record.mjs [matrix far-matrix service engine
 * both cluster slurmctld] [--kills N] [--seed N]`; without a number 300 kills, 50 of the cluster. Each part is written to docs/durability-record.md as soon as it is done; parts that are not run
 * keep what they had. Exits with 1 if anything was lost or done twice.
 */

const TOP = fileURLToPath(new URL('../../../../', import.meta.url));
const RECORD = `${TOP}docs/durability-record.md`;
const PARTS = ['matrix', 'far-matrix', ...VICTIMS, 'cluster', 'slurmctld'] as const;
const SIZE = { cases: 40, beams: 3, engineSeconds: 1 };

const HEAD = `# Record of durability

<!-- Written by "node scripts/durability-record.mjs"; do not edit. -->

What was tried to make the service lose a case or do something twice, and what came of it. A *loss* is a dropped folder
without a completed case, a beam without its accepted result, or an object that is not at its target as its receipt says.
A *duplicate* is a second case of a folder, a second accepted result of a beam, a second object of a beam, or an engine
started twice for one attempt. *Wrong* is anything else that must not be: an illegal move of a state, an attempt left
open, a part file in the outbox, rows and files that contradict each other, an engine that nobody follows. After each
part an undisturbed service brought what was left to its end, and everything was compared: rows, history, files, hashes.
`;

const {
  values: { kills: wantedKills, seed },
  positionals,
} = parseArgs({
  allowPositionals: true,
  options: { kills: { type: 'string' }, seed: { type: 'string', default: String(Date.now() % 1e9) } },
});
const kills = wantedKills ?? '300';
const clusterKillsWanted = Number(wantedKills ?? '50');
const unknown = positionals.filter((name) => !PARTS.some((part) => part === name));
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${PARTS.join(', ')}`);
const wanted = PARTS.filter((part) => positionals.length === 0 || positionals.includes(part));

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function circumstances(startedAt: Date): string {
  const commit = execFileSync('git', ['-C', TOP, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const minutes = Math.round((Date.now() - startedAt.getTime()) / 60_000);
  const day = startedAt.toISOString().slice(0, 10);
  return `${day}, commit ${commit}, Node.js ${process.version}, ${String(cpus().length)} processors, ${String(minutes)} min`;
}

function write(name: string, body: string): void {
  const before = existsSync(RECORD) ? readFileSync(RECORD, 'utf8') : HEAD;
  const first = before.search(/<!-- [a-z-]+: begin -->/);
  const text = first < 0 ? HEAD : HEAD + '\n' + before.slice(first);
  writeFileSync(RECORD, withSection(text, name, body));
}

const list = (words: readonly string[]): string => words.map((line) => `\n- ${line}`).join('');

async function matrix(): Promise<number> {
  const startedAt = new Date();
  const made = await madeInputs(2);
  const rows: string[] = [];
  const broken: string[] = [];
  try {
    for (const engine of ['command', 'pencil-beam'] satisfies EngineKind[]) {
      const points = await pointsOf(made, { engine });
      let done = 0;
      const results = await killAtEach(made, { engine }, points, ({ point }) => {
        say(`${engine} ${String(++done)}/${String(points.length)} ${point}`);
      });
      rows.push(matrixRow(engine, results));
      broken.push(...results.flatMap(brokenPromises));
    }
  } finally {
    made.remove();
  }
  write(
    'matrix',
    `## Killed at every hand-over

One case of two beams. The service is ended by SIGKILL, from inside, each time that it passes a point: before and after
each call across a port that changes something (rows, receipts, processes, doses, deliveries), and before and after each
rename of a part file, in all threads. Then the service is started again.

| engine | points | kills | losses | duplicates | wrong | engines started beyond one per beam |
|---|---|---|---|---|---|---|
${rows.join('\n')}

"points" are those that an undisturbed run passes; "kills" is less where two beams side by side passed them in another
order. ${circumstances(startedAt)}. Again: \`node scripts/durability-record.mjs matrix\`.
${list(broken)}`,
  );
  return broken.length;
}

function matrixRow(engine: EngineKind, results: readonly KillResult[]): string {
  const count = (of: (result: KillResult) => number): string => String(results.reduce((sum, r) => sum + of(r), 0));
  const cells = [
    engine,
    String(results.length),
    count(({ died }) => Number(died)),
    count(({ audit }) => audit.losses.length),
    count(({ audit }) => audit.duplicates.length),
    count(({ audit }) => audit.wrongs.length),
    engine === 'command' ? count(({ engineRuns }) => Math.max(0, engineRuns - 2)) : 'not counted',
  ];
  return `| ${cells.join(' | ')} |`;
}

const WHO: Readonly<Record<Victim, string>> = {
  service: 'the service is killed',
  engine: 'engines are killed',
  both: 'both are killed',
};

async function random(victim: Victim): Promise<number> {
  const startedAt = new Date();
  say(`${victim}: ${kills} kills, seed ${seed}`);
  const made = await madeInputs(SIZE.beams);
  try {
    const result = await randomKills(made, { victim, kills: Number(kills), seed: Number(seed), ...SIZE });
    const broken = [...result.losses, ...result.duplicates, ...result.wrongs];
    write(victim, randomText(victim, result, startedAt) + list(broken));
    say(JSON.stringify(result));
    return broken.length;
  } finally {
    made.remove();
  }
}

function randomText(victim: Victim, result: RandomKillsResult, startedAt: Date): string {
  const { losses, duplicates, wrongs, ...counts } = result;
  const cells = [
    counts.serviceKills,
    counts.engineKills,
    counts.runs,
    counts.cases,
    counts.beams,
    losses.length,
    duplicates.length,
    wrongs.length,
    counts.attempts,
    counts.engineRuns,
    counts.resumed,
  ];
  return `## Random instants: ${WHO[victim]}

Runs of ${String(SIZE.cases)} cases x ${String(SIZE.beams)} beams dropped at once, an engine of ${String(SIZE.engineSeconds)} s, 2 places.

| service killed | engines killed | runs | cases | beams | losses | duplicates | wrong | attempts | engines started | held and let go on |
|---|---|---|---|---|---|---|---|---|---|---|
| ${cells.map(String).join(' | ')} |

Seed ${seed}. ${circumstances(startedAt)}. Again: \`node scripts/durability-record.mjs ${victim} --kills ${kills} --seed ${seed}\`.
`;
}

async function recorded(name: 'far-matrix' | 'cluster' | 'slurmctld'): Promise<number> {
  const startedAt = new Date();
  const isMatrix = name === 'far-matrix';
  const kill = name === 'cluster' ? clusterKills : controllerKills;
  const { text, broken } = await (isMatrix ? farMatrix(say) : kill(clusterKillsWanted, Number(seed)));
  const how = isMatrix ? name : `${name} --kills ${String(clusterKillsWanted)} --seed ${seed}`;
  write(
    name,
    `${text}\n${circumstances(startedAt)}. Again: \`node scripts/durability-record.mjs ${how}\`.\n${list(broken)}`,
  );
  return broken.length;
}

async function run(part: (typeof PARTS)[number]): Promise<number> {
  if (part === 'matrix') return matrix();
  return part === 'service' || part === 'engine' || part === 'both' ? random(part) : recorded(part);
}

let broken = 0;
for (const part of wanted) broken += await run(part);
process.exitCode = broken > 0 ? 1 : 0;
