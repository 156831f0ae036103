import { once } from 'node:events';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CaseDetailView, CaseView } from '../../src/workflow/case-view.js';
import { ASK_EVERY_MS, askMqi } from '../ask-mqi.js';
import { removeFolder } from '../remove-folder.js';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
/** Well beyond what an orderly end takes on a busy machine, and below the limit of every hook. */
const LONGEST_STOP_MS = 25_000;
const ENDED = new Set(['completed', 'rejected', 'failed', 'cancelled']);

/** Quick answers and a small phantom; the engine is the embedded one. */
const QUICK = {
  intake: { quietSeconds: 0.5, pollSeconds: 1, minFreeGiB: 0 },
  geometry: { phantom: { sizeMm: [80, 80, 240], spacingMm: 4 } },
  execution: { slots: 2 },
  web: { enabled: false },
};

/** One that a signal ended has no exit code. */
const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/**
 * The real service as a process of its own, on a root of its own. Orders go to it through the real command line; what only
 * looks runs the commands of the command line in this process.
 */
export class Service {
  /** Holds the root, and what is ours alone: configuration and output. */
  readonly place = mkdtempSync(join(tmpdir(), 'mqi-e2e-'));
  readonly root = join(this.place, 'root');
  readonly inbox = join(this.root, 'inbox');
  readonly outbox = join(this.root, 'outbox');
  readonly #config = join(this.place, 'mqi.yaml');
  #child: ChildProcess | null = null;

  /** @param settings sections of the configuration; each replaces that section of the quick ones */
  constructor(settings: Readonly<Record<string, unknown>> = {}) {
    writeFileSync(this.#config, JSON.stringify({ ...QUICK, ...settings })); // JSON is YAML
    mkdirSync(this.inbox, { recursive: true });
  }

  /** @param user whose rights and limits it has; ours unless told otherwise */
  start(user: { readonly uid?: number; readonly gid?: number; readonly env?: NodeJS.ProcessEnv } = {}): void {
    const output = openSync(join(this.place, 'output.txt'), 'a');
    this.#child = spawn(process.execPath, [CLI, 'start', ...this.#where()], {
      stdio: ['ignore', output, output],
      ...user,
    });
    closeSync(output);
  }

  /** SIGTERM; the exit code, null when a signal had ended it before. One that does not end is killed, and that is an error. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    this.#child = null;
    if (hasEnded(child)) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const giveUp = new AbortController();
    const tooLong = passing(LONGEST_STOP_MS, 'too long', { signal: giveUp.signal }).catch(() => 'stopped');
    if ((await Promise.race([ended, tooLong])) === 'too long') {
      child.kill('SIGKILL');
      await ended;
      throw new Error(`the service did not end within ${String(LONGEST_STOP_MS)} ms of SIGTERM; ${this.#said()}`);
    }
    giveUp.abort();
    return child.exitCode;
  }

  /** Its process id, for faults made from outside. */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('no service was started'); // 0 would stand for all of our own
    return pid;
  }

  /** Resolves with the exit code when it has ended by itself. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child !== null && !hasEnded(child)) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  /** What it has printed since the first start. */
  output(): string {
    return readFileSync(join(this.place, 'output.txt'), 'utf8');
  }

  /** Stops it and removes everything. Call in `after`. */
  async end(): Promise<void> {
    await this.stop();
    removeFolder(this.place);
  }

  /** Newest first. */
  async cases(): Promise<readonly CaseView[]> {
    return (JSON.parse(await this.look('cases', '--limit', '1000')) as { cases: readonly CaseView[] }).cases;
  }

  async case(id: string): Promise<CaseDetailView> {
    return JSON.parse(await this.look('case', id)) as CaseDetailView;
  }

  /** Asks until the newest runs of the wanted folders satisfy the condition; gives them by folder. */
  async untilCases(
    what: string,
    folders: readonly string[],
    condition: (kase: CaseView) => boolean,
    limitMs = 60_000,
  ): Promise<ReadonlyMap<string, CaseView>> {
    const end = performance.now() + limitMs;
    for (;;) {
      const newest = new Map([...(await this.cases())].reverse().map((kase) => [kase.folder, kase]));
      const open = folders.filter((folder) => {
        const kase = newest.get(folder);
        return kase === undefined || !condition(kase);
      });
      if (open.length === 0) return newest;
      if (performance.now() > end || this.#child === null || hasEnded(this.#child))
        throw new Error(this.#report(what, open, newest));
      await passing(ASK_EVERY_MS);
    }
  }

  untilEnded(folders: readonly string[], limitMs?: number): Promise<ReadonlyMap<string, CaseView>> {
    return this.untilCases('all cases to end', folders, ({ state }) => ENDED.has(state), limitMs);
  }

  /** Lines of the service log, parsed. */
  log(): readonly Readonly<Record<string, unknown>>[] {
    const lines = readFileSync(join(this.root, 'logs', 'mqi.log'), 'utf8')
      .trim()
      .split('\n');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  #report(what: string, open: readonly string[], newest: ReadonlyMap<string, CaseView>): string {
    const states = open.map((folder) => JSON.stringify(newest.get(folder) ?? { folder, state: 'no case' }));
    return `waited for: ${what}\nstill open:\n${states.join('\n')}\n${this.#said()}`;
  }

  #said(): string {
    return `the service said:\n${this.output().slice(-2000)}`;
  }

  #where(): readonly string[] {
    return ['--config', this.#config, '--root', this.root];
  }

  /** Runs a command that only looks, in this process; what it prints as JSON. Rejects when it fails. */
  async look(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await askMqi([...args, '--json', ...this.#where()]);
    if (code !== 0) throw new Error(`mqi ${args.join(' ')} failed: ${stderr}`);
    return stdout;
  }

  /** Runs the real program; what it prints as JSON. Rejects when it fails. */
  mqi(...args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const all = [CLI, ...args, '--json', ...this.#where()];
      execFile(process.execPath, all, { maxBuffer: 2 ** 26 }, (failure, stdout, stderr) => {
        if (failure === null) resolve(stdout);
        else reject(new Error(`mqi ${args.join(' ')} failed: ${stderr}${stdout}`, { cause: failure }));
      });
    });
  }
}
