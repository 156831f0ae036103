import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import { seededRandom } from '../../../src/adapters/dicom/writing/synthetic/seeded-random.js';
import { audit, type Audit } from './audit.js';
import { engineProcesses } from './engine-processes.js';
import { FaultRoot } from './fault-root.js';
import type { MadeInputs } from './made-inputs.js';

export const VICTIMS = ['service', 'engine', 'both'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface RandomKillsOptions {
  readonly victim: Victim;
  /** Goes on, with a fresh root when all cases of one are done, until the victim was killed so often. */
  readonly kills: number;
  readonly cases: number;
  readonly beams: number;
  readonly engineSeconds: number;
  readonly seed: number;
  /** Further settings of execution, for the path of a root. */
  readonly execution?: (rootPath: string) => object;
  /** What else goes wrong meanwhile, until it is over; then all is as it was. */
  readonly disturb?: (isOver: () => boolean, random: () => number) => Promise<void>;
}

export interface RandomKillsResult {
  readonly serviceKills: number;
  readonly engineKills: number;
  /** Roots, each with all cases dropped at once. */
  readonly runs: number;
  readonly cases: number;
  readonly beams: number;
  readonly attempts: number;
  readonly engineRuns: number;
  /** Cases held because their step died with the service three times, and let go on by `mqi retry --held`. */
  readonly resumed: number;
  readonly losses: readonly string[];
  readonly duplicates: readonly string[];
  readonly wrongs: readonly string[];
}

/** A service lives so long before it is killed, from the start of its process; it needs about 0.6 s to begin to work. */
const LIFE_MS = [200, 3_200] as const;
/** Between two kills of an engine. */
const ENGINE_APART_MS = [200, 1_200] as const;
const RETRIES_OF_HELD = 10;

/** Kills at random instants until there were enough, each run brought to its end by an undisturbed service. */
export async function randomKills(made: MadeInputs, options: RandomKillsOptions): Promise<RandomKillsResult> {
  const random = seededRandom(options.seed);
  const parts: RandomKillsResult[] = [];
  const killed = (): number =>
    sum(parts, ({ serviceKills, engineKills }) => killsOf(options, serviceKills, engineKills));
  do parts.push(await oneRun(made, options, random, options.kills - killed()));
  while (killed() < options.kills);
  const total = (of: (part: RandomKillsResult) => number): number => sum(parts, of);
  return {
    serviceKills: total((part) => part.serviceKills),
    engineKills: total((part) => part.engineKills),
    runs: parts.length,
    cases: total((part) => part.cases),
    beams: total((part) => part.beams),
    attempts: total((part) => part.attempts),
    engineRuns: total((part) => part.engineRuns),
    resumed: total((part) => part.resumed),
    losses: parts.flatMap((part) => part.losses),
    duplicates: parts.flatMap((part) => part.duplicates),
    wrongs: parts.flatMap((part) => part.wrongs),
  };
}

const sum = <T>(parts: readonly T[], of: (part: T) => number): number => parts.reduce((s, part) => s + of(part), 0);
const killsOf = ({ victim }: RandomKillsOptions, service: number, engine: number): number =>
  victim === 'engine' ? engine : service;

class Run {
  serviceKills = 0;
  engineKills = 0;
  readonly folders: readonly string[];

  constructor(
    readonly root: FaultRoot,
    private readonly options: RandomKillsOptions,
    private readonly random: () => number,
    private readonly wanted: number,
  ) {
    this.folders = Array.from({ length: options.cases }, (_, i) => `case ${String(i + 1)}`);
  }

  get isOver(): boolean {
    const done = this.folders.every((name) => existsSync(join(this.root.path, 'outbox', name, 'receipt.json')));
    return done || killsOf(this.options, this.serviceKills, this.engineKills) >= this.wanted;
  }

  async killServices(): Promise<void> {
    while (!this.isOver) {
      const service = this.root.start();
      await passing(this.#between(LIFE_MS));
      service.kill('SIGKILL');
      const { signal, output } = await service.ended;
      if (signal !== 'SIGKILL') throw new Error(`the service ended by itself: ${output}`);
      this.serviceKills += 1;
    }
  }

  /** Kills an engine, or the shell that records its end, or its whole process group. */
  async killEngines(): Promise<void> {
    while (!this.isOver) {
      await passing(this.#between(ENGINE_APART_MS));
      const alive = engineProcesses(this.root.path);
      const victim = alive[Math.floor(this.random() * alive.length)];
      if (victim === undefined) continue;
      const whole = victim.isWrapper && this.random() < 0.5;
      try {
        process.kill(whole ? -victim.pid : victim.pid, 'SIGKILL');
        this.engineKills += 1;
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown; // it was faster
      }
    }
  }

  async killEnginesUnderAService(): Promise<void> {
    const service = this.root.start();
    try {
      await this.killEngines();
    } finally {
      service.kill('SIGTERM');
      await service.ended;
    }
  }

  #between([from, to]: readonly [number, number]): number {
    return from + this.random() * (to - from);
  }
}

async function oneRun(
  made: MadeInputs,
  options: RandomKillsOptions,
  random: () => number,
  wanted: number,
): Promise<RandomKillsResult> {
  const { engineSeconds, beams, cases, victim, execution = () => ({}) } = options;
  const root = new FaultRoot({ engine: 'command', engineSeconds, slots: 2, doseFile: made.doseFile, execution });
  try {
    const run = new Run(root, options, random, wanted);
    for (const folder of run.folders) root.drop(made.folder, folder);
    const disturbed = options.disturb?.(() => run.isOver, random);
    if (victim === 'engine') await run.killEnginesUnderAService();
    else await Promise.all([run.killServices(), victim === 'both' ? run.killEngines() : null]);
    await disturbed;
    const { resumed, ended } = await bringToEnd(root);
    const found: Audit = await audit(root, run.folders, beams);
    const left = engineProcesses(root.path).map(({ pid }) => `process ${String(pid)} of an engine is left`);
    const engineRuns = root.engineRuns().length;
    // A service that dies must never cost a beam its engine's work.
    const again = victim === 'service' && engineRuns > cases * beams ? [`${String(engineRuns)} engines started`] : [];
    return {
      ...found,
      serviceKills: run.serviceKills,
      engineKills: run.engineKills,
      runs: 1,
      cases,
      engineRuns,
      resumed,
      duplicates: [...found.duplicates, ...again],
      wrongs: [...found.wrongs, ...left, ...ended],
    };
  } finally {
    root.remove();
  }
}

/** The real service until nothing is left, after what a person has to do: let cases go on that are held. */
export async function bringToEnd(
  root: FaultRoot,
): Promise<{ readonly resumed: number; readonly ended: readonly string[] }> {
  let resumed = 0;
  for (let i = 0; ; i++) {
    const { code, output } = await root.runToEnd(600_000);
    const listed = await root.look(['cases', '--held', '--limit', '1000']);
    const { cases } = JSON.parse(listed.stdout) as { readonly cases: readonly unknown[] };
    if (cases.length === 0 || i === RETRIES_OF_HELD) {
      return { resumed, ended: code === 0 ? [] : [`the last service ended with ${String(code)}: ${output}`] };
    }
    resumed += cases.length;
    await root.mqi(['retry', '--held']);
  }
}
