import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeFolder } from '../remove-folder.js';
import { until } from '../until.js';

const TOP = fileURLToPath(new URL('../../..', import.meta.url));
const MQI = join(TOP, 'scripts', 'mqi.mjs');
const FAKE_ENGINE = join(TOP, 'scripts', 'fake-engine.mjs');

/** As `mqi cases --json` prints it, as far as the benches look. */
export interface ShownCase {
  readonly id: string;
  readonly folder: string;
  readonly state: string;
  /** What it waits for, in words; null for nothing. */
  readonly waitingFor: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** One run of the engine, by its own clock: Unix time in milliseconds. */
export interface EngineRun {
  readonly startMs: number;
  readonly endMs: number;
  readonly slot: string;
}

/**
 * An engine that takes the wanted time and no processor: notes when it starts, sleeps, copies a dose that an engine made
 * before, notes when it ends. The first call of all makes that dose, so a first case must be run before measuring.
 */
const ENGINE = `#!/bin/sh
set -e
dose="$1/dose.mha"
if [ "$7" -gt 0 ] && [ -e "$dose" ] && [ $(( $$ % $7 )) -eq 0 ]; then echo broken by the bench; exit 1; fi
start=$(date +%s%N)
if [ -d "$1/apps" ]; then echo "$CUDA_VISIBLE_DEVICES, $$, 2048" > "$1/apps/$$"; fi
if [ -e "$dose" ]; then sleep "$2"; cp "$dose" "$4"
else node "$5" --seconds 0 --input "$6" --geometry "$3" --output "$4"; cp "$4" "$dose.part"; mv "$dose.part" "$dose"; fi
echo "$start $(date +%s%N)" >> "$1/runs"
`;

/** A quick nvidia-smi of so many GPUs, in $1 their number; whoever computes has noted itself and lives. */
const nvidiaSmi = (root: string, gpus: number): string => `#!/bin/sh
case "$1" in
--query-gpu=*)
  n=0
  while [ $n -lt ${String(gpus)} ]; do
    echo "GPU-bench-$n, $n, Fake, 1.0, 00000000:0$n:00.0, 24576, 300, 0, 40, 1000, 0"
    n=$((n + 1))
  done;;
--query-compute-apps=*)
  for file in ${root}/apps/*; do
    if [ -e "$file" ] && [ -e "/proc/\${file##*/}" ] && read -r line < "$file"; then echo "$line"; fi
  done;;
esac
exit 0
`;

/** The real service as a process of its own, on a root of its own, with a sleeping engine; for benches. */
export class BenchService {
  readonly root = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
  readonly #config = join(this.root, 'bench.yaml');
  readonly #programs = join(this.root, 'programs');
  #child: ChildProcess | null = null;

  constructor(settings: {
    readonly quietSeconds: number;
    readonly engineSeconds: number;
    readonly slots: number;
    /** About one engine run in so many fails; none if not set. */
    readonly failOneIn?: number;
    /** GPUs that a fake nvidia-smi shows; none if not set. */
    readonly gpus?: number;
    /** Further settings of `intake`, and of the whole. */
    readonly intake?: object;
    readonly more?: object;
  }) {
    const engine = join(this.root, 'engine.sh');
    writeFileSync(engine, ENGINE, { mode: 0o755 });
    const { engineSeconds, failOneIn = 0 } = settings;
    const files = ['{geometry}', '{output}', FAKE_ENGINE, '{input}'];
    const argv = [engine, this.root, String(engineSeconds), ...files, String(failOneIn)];
    const config = {
      root: this.root,
      intake: { quietSeconds: settings.quietSeconds, ...settings.intake },
      geometry: { phantom: { sizeMm: [60, 60, 100], spacingMm: 4 } },
      engine: { kind: 'command', command: { argv } },
      execution: { slots: settings.slots },
      web: { enabled: false },
      ...settings.more,
      ...(failOneIn > 0 ? { processing: { retryDelaySeconds: 1 } } : {}),
    };
    writeFileSync(this.#config, JSON.stringify(config)); // JSON is YAML
    mkdirSync(join(this.root, 'inbox'));
    const { gpus = 0 } = settings;
    if (gpus === 0) return;
    mkdirSync(join(this.root, 'apps'));
    mkdirSync(this.#programs);
    writeFileSync(join(this.#programs, 'nvidia-smi'), nvidiaSmi(this.root, gpus), { mode: 0o755 });
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Runs `mqi` to its end and returns what it printed. */
  mqi(...args: readonly string[]): string {
    const all = [MQI, '--config', this.#config, ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8', maxBuffer: 2 ** 28 });
    if (status !== 0) throw new Error(`mqi ${args.join(' ')} ended with ${String(status)}: ${stderr}`);
    return stdout;
  }

  cases(): readonly ShownCase[] {
    return (JSON.parse(this.mqi('cases', '--json', '--limit', '100000')) as { cases: readonly ShownCase[] }).cases;
  }

  /** How many cases wait for missing data. */
  waiting(): number {
    return this.cases().filter(({ state, waitingFor }) => state === 'registered' && waitingFor !== null).length;
  }

  /** Makes a case outside the inbox, to be copied into it. */
  makeCase(name: string, beams: number, more: readonly string[] = ['--no-ct']): string {
    const folder = join(this.root, name);
    this.mqi('make-case', folder, '--beams', String(beams), '--layers', '1', '--spots', '1', ...more);
    return folder;
  }

  /** Drops a copy under a name; the time when the last file was written, Unix ms. */
  drop(made: string, name: string): number {
    cpSync(made, join(this.root, 'inbox', name), { recursive: true });
    return Date.now();
  }

  async start(): Promise<void> {
    const all = [MQI, '--config', this.#config, 'start'];
    const env = { ...process.env, PATH: `${this.#programs}:${process.env.PATH ?? ''}` };
    this.#child = spawn(process.execPath, all, { stdio: ['ignore', 'ignore', 'pipe'], env });
    let printed = '';
    this.#child.stderr?.on('data', (text: Buffer) => (printed += text.toString()));
    await until('the service has started', () => printed.includes('service started'), 20_000);
  }

  async untilAllCompleted(count: number, limitMs: number): Promise<readonly ShownCase[]> {
    let shown = this.cases();
    const done = (): boolean => shown.filter(({ state }) => state === 'completed').length >= count;
    const end = Date.now() + limitMs;
    while (!done()) {
      const bad = shown.find(({ state }) => state === 'failed' || state === 'rejected');
      if (bad !== undefined || Date.now() > end)
        throw new Error(`${String(count)} cases did not complete: ${JSON.stringify(bad ?? shown[0])}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      shown = this.cases();
    }
    return shown;
  }

  engineRuns(): readonly EngineRun[] {
    const lines = readFileSync(join(this.root, 'runs'), 'utf8').trim().split('\n');
    return lines.map((line) => {
      const [start = 0, end = 0] = line.split(' ').map((ns) => Number(ns) / 1e6);
      return { startMs: start, endMs: end, slot: '' };
    });
  }

  /** Resident memory, MiB, and processor time used so far, s, of the service process (/proc). */
  usage(): { readonly rssMiB: number; readonly cpuSeconds: number } {
    const status = readFileSync(`/proc/${String(this.pid)}/status`, 'utf8');
    const rssMiB = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    const stat = readFileSync(`/proc/${String(this.pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { rssMiB, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100 };
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== null && child.exitCode === null) {
      child.kill('SIGTERM');
      await until('the service has ended', () => child.exitCode !== null || child.signalCode !== null, 10_000);
    }
    removeFolder(this.root);
  }
}

/** Starts of one slot are paired with ends greedily: the gap from each end to the next start, ms. */
export function gapsBetween(runs: readonly EngineRun[], slots: number): readonly number[] {
  const ordered = [...runs].sort((a, b) => a.startMs - b.startMs);
  const free: number[] = [];
  const gaps: number[] = [];
  const ends = ordered.slice(0, slots).map(({ endMs }) => endMs);
  free.push(...ends);
  for (const run of ordered.slice(slots)) {
    free.sort((a, b) => a - b);
    gaps.push(run.startMs - (free.shift() ?? run.startMs));
    free.push(run.endMs);
  }
  return gaps;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
};
