import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SettingsSchema, type Settings } from '../../../src/config/settings.js';
import { askMqi, type Answer } from '../../ask-mqi.js';
import { removeFolder } from '../../remove-folder.js';

const CLI = fileURLToPath(new URL('../../../src/cli.js', import.meta.url));
const KILLED = fileURLToPath(new URL('../../../test-programs/service-to-be-killed.js', import.meta.url));
const WATCHED_FILES = new URL('./watched-files.js', import.meta.url).href;

/**
 * Notes that it runs, takes its time, waits as long as the root is closed, and copies a dose that was made before. The path
 * of the result names the attempt.
 */
const ENGINE = `#!/bin/sh
echo "$2" >> "$1/engine-runs"
sleep "$3"
while [ -e "$1/closed" ]; do sleep 0.1; done
cp "$1/dose.mha" "$2.part" && mv "$2.part" "$2"
`;

export type EngineKind = 'command' | 'pencil-beam';

export interface FaultRootOptions {
  readonly engine: EngineKind;
  /** Of the command engine. */
  readonly engineSeconds: number;
  readonly slots: number;
  /** A result of that geometry, for the command engine to copy; null where a real engine runs. */
  readonly doseFile: string | null;
  /** Instead of the engine that copies, with the placeholders of engine.command.argv. */
  readonly argv?: readonly string[];
  /** 0.05 unless told. */
  readonly quietSeconds?: number;
  /** 50 unless told: engines are killed often. */
  readonly maxRetries?: number;
  /** 15 unless told. */
  readonly stallMinutes?: number;
  /** Further settings of execution, for the path of the root. */
  readonly execution?: (rootPath: string) => object;
}

/** How a service ended that was started here. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** The end of what it wrote to stderr. */
  readonly output: string;
}

/** A root of its own with a configuration that answers quickly, and services that are run on it. */
export class FaultRoot {
  readonly path = mkdtempSync(join(tmpdir(), 'mqi-kill-'));
  readonly configFile = join(this.path, 'config.yaml');
  readonly settings: Settings;

  constructor(options: FaultRootOptions) {
    const {
      engine,
      engineSeconds,
      slots,
      doseFile,
      argv,
      quietSeconds = 0.05,
      maxRetries = 50,
      stallMinutes = 15,
      execution = () => ({}),
    } = options;
    const program = join(this.path, 'engine.sh');
    writeFileSync(program, ENGINE, { mode: 0o755 });
    if (doseFile !== null) cpSync(doseFile, join(this.path, 'dose.mha'));
    const at = (name: string): string => join(this.path, name);
    const command = { argv: argv ?? [program, this.path, '{output}', String(engineSeconds)] };
    const config = {
      root: this.path,
      database: { path: at('mqi.sqlite') },
      intake: { inbox: at('inbox'), quietSeconds, pollSeconds: 1, minFreeGiB: 0 },
      processing: { maxRetries, retryDelaySeconds: 1, retryDelayCapSeconds: 1 },
      progressTracking: { pollingIntervalSeconds: 1 },
      geometry: { phantom: { sizeMm: [40, 40, 60], spacingMm: 5 } },
      engine: engine === 'command' ? { kind: engine, stallMinutes, command } : { kind: engine, stallMinutes },
      execution: { slots, ...execution(this.path) },
      uploads: [{ name: 'outbox', kind: 'folder', path: at('outbox') }],
      web: { enabled: false },
    };
    writeFileSync(this.configFile, JSON.stringify(config)); // JSON is YAML
    this.settings = SettingsSchema.parse(config);
    mkdirSync(at('inbox'));
  }

  /** Drops a copy of a case folder: whole, as a pause within the copy would be quiet time. */
  drop(made: string, name: string): void {
    const copy = join(this.path, `copy of ${name}`);
    cpSync(made, copy, { recursive: true });
    renameSync(copy, join(this.path, 'inbox', name));
  }

  /** Engines start, and do not end before it is opened. */
  close(): void {
    writeFileSync(join(this.path, 'closed'), '');
  }

  open(): void {
    rmSync(join(this.path, 'closed'));
  }

  /** What the next service finds instead of these settings of execution. */
  reconfigure(execution: object): void {
    const config = JSON.parse(readFileSync(this.configFile, 'utf8')) as Record<string, unknown>;
    writeFileSync(this.configFile, JSON.stringify({ ...config, execution }));
  }

  /** Runs the service until nothing is left, or until it dies at `point#k`. */
  runWatched(point: string, pointsFile?: string): Promise<Ended> {
    const env: NodeJS.ProcessEnv = { ...process.env, KILL_AT: point };
    if (pointsFile !== undefined) env['POINTS_TO'] = pointsFile;
    return this.#run(['--import', WATCHED_FILES, KILLED, this.configFile], env, 60_000);
  }

  /** Runs the real command line: `mqi start --once`. */
  runToEnd(limitMs = 60_000): Promise<Ended> {
    return this.mqi(['start', '--once'], limitMs);
  }

  mqi(args: readonly string[], limitMs = 60_000): Promise<Ended> {
    return this.#run([CLI, ...args, '--config', this.configFile], process.env, limitMs);
  }

  /** Runs a command that only looks, in this process. */
  look(args: readonly string[]): Promise<Answer> {
    return askMqi([...args, '--json', '--config', this.configFile]);
  }

  /** The real service, without end. */
  start(): { readonly pid: number; readonly ended: Promise<Ended>; kill(signal: NodeJS.Signals): void } {
    return this.#spawn([CLI, 'start', '--config', this.configFile], process.env);
  }

  /** Paths of results, one for each time that the copying engine was started. */
  engineRuns(): readonly string[] {
    const file = join(this.path, 'engine-runs');
    appendFileSync(file, '');
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  remove(): void {
    removeFolder(this.path);
  }

  async #run(argv: readonly string[], env: NodeJS.ProcessEnv, limitMs: number): Promise<Ended> {
    const service = this.#spawn(argv, env);
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
      service.kill('SIGKILL');
    }, limitMs);
    const ended = await service.ended;
    clearTimeout(timer);
    if (late.signal.aborted) throw new Error(`no end within ${String(limitMs)} ms: ${ended.output}`);
    return ended;
  }

  #spawn(argv: readonly string[], env: NodeJS.ProcessEnv): ReturnType<FaultRoot['start']> {
    const child = spawn(process.execPath, [...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let output = '';
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-10_000)));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        resolve({ code, signal, stdout, output });
      });
    });
    return { pid: child.pid ?? 0, ended, kill: (signal) => child.kill(signal) };
  }
}
