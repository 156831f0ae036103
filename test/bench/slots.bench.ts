import 'reflect-metadata';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandEngine } from '../../src/adapters/engines/command-engine.js';
import { AllHostsGpuFinder } from '../../src/adapters/gpus/all-hosts-gpu-finder.js';
import { HostGpuFinder } from '../../src/adapters/gpus/host-gpu-finder.js';
import { LocalHost } from '../../src/adapters/hosts/local-host.js';
import { DirectScheduler } from '../../src/adapters/schedulers/direct-scheduler.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { SettingsSchema } from '../../src/config/settings.js';
import type { Case } from '../../src/domain/case.js';
import { Folders } from '../../src/domain/folders.js';
import { formatMetaImageHeader } from '../../src/dose/meta-image.js';
import type { GpuFinder } from '../../src/ports/gpu-finder.js';
import { BeamSimulation } from '../../src/workflow/steps/beam-simulation.js';
import { SimulateStep } from '../../src/workflow/steps/simulate.js';
import { WorkAhead } from '../../src/workflow/steps/work-ahead.js';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { aGpuLine, aGpuTool } from '../builders/a-gpu-tool.js';
import { aResource } from '../builders/a-resource.js';
import { someSlots } from '../builders/some-slots.js';
import { FakeDoseMaker } from '../fakes/fake-dose-maker.js';
import { FakeGpuFinder } from '../fakes/fake-gpu-finder.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { realStores, sqliteOptions } from '../real-stores.js';

/*
 * The gap between two jobs of one slot: from the exit code of one (renamed into place) to the claim of the next (its
 * process runs), by the times of those files. In between: the end is noticed, 2 million voxels are judged, the beam's move
 * is committed, the slot is granted, the next attempt is begun, its intent is written durably, its process started.
 * 20 cases of 2 beams on 2 slots, a real database, real processes of 0.3 s; only the RT Dose is not made. On CPU places,
 * or (argument `gpu`) on GPUs of a quick fake nvidia-smi, which are looked at and leased between two jobs.
 */

const CASES = 20;
const BEAMS = [1, 2];
const SLOTS = 2;
const ON_GPUS = process.argv.includes('gpu');
/** ms: looking at a GPU takes two calls of nvidia-smi. */
const WANTED = ON_GPUS ? 100 : 50;
const GRID = { originMm: [0, 0, 0], spacingMm: [2, 2, 2], size: [125, 125, 125] } as const;
const ENGINE = ['sh', '-c', 'sleep 0.3; cp "$0" "$1"'];

const folder = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
const folders = new Folders(folder, join(folder, 'inbox'));
const stores = realStores(sqliteOptions(join(folder, 'mqi.sqlite')));

function prepareFiles(cases: readonly Case[], dosePath: string): void {
  const values = Buffer.from(new Float32Array(125 ** 3).fill(1).buffer);
  writeFileSync(dosePath, Buffer.concat([Buffer.from(formatMetaImageHeader(GRID, 'MET_FLOAT')), values]));
  for (const kase of cases) {
    for (const beamNumber of BEAMS) {
      mkdirSync(folders.beam(kase, beamNumber), { recursive: true });
      writeFileSync(folders.geometry(kase, beamNumber), JSON.stringify({ doseGrid: GRID }));
    }
  }
}

function buildStep(dosePath: string): SimulateStep {
  const settings = SettingsSchema.parse({});
  const clock = new SystemClock();
  const scheduler = new DirectScheduler(new LocalHost(), clock, { pollMs: 5_000 });
  const engine = new CommandEngine({ argv: [...ENGINE, dosePath, '{output}'] });
  const finder = ON_GPUS ? gpuFinder() : new FakeGpuFinder(places);
  const ports = { finder, beams: stores.beams, resources: stores.resources, scheduler, clock, settings };
  const { slots } = someSlots(ports);
  const doses = new FakeDoseMaker(folders);
  const { beams, cases } = stores;
  const ahead = new WorkAhead(engine, scheduler, folders, clock);
  const simulation = new BeamSimulation(beams, cases, engine, scheduler, doses, folders, clock, settings, slots, ahead);
  return new SimulateStep(beams, cases, settings, clock, simulation);
}

/** Two GPUs on which nobody else computes. */
function gpuFinder(): GpuFinder {
  const gpus = ['GPU-0', 'GPU-1'].map((uuid) => `echo '${aGpuLine(uuid)}'`).join('; ');
  const options = { cpuPlaces: 2, nvidia: aGpuTool(folder, { gpus }), rocm: join(folder, 'none') };
  const here = new HostGpuFinder(new LocalHost(), new SystemClock(), options);
  return new AllHostsGpuFinder(new Map([['local', here]]), new SystemClock(), new FakeLogger());
}

/** Gaps of each slot, ms, from the files the jobs left. */
async function gaps(cases: readonly Case[]): Promise<readonly number[]> {
  const runs: { readonly slot: string | null; readonly start: number; readonly end: number }[] = [];
  for (const kase of cases) {
    for (const beam of await stores.beams.ofCase(kase.id)) {
      const attempt = folders.attempt(kase, beam.beamNumber, beam.attempt);
      if (!existsSync(join(attempt, 'exit.code')) || readFileSync(join(attempt, 'exit.code'), 'utf8') !== '0\n') {
        throw new Error(`a job failed in ${attempt}`);
      }
      const timeOf = (name: string): number => statSync(join(attempt, name)).mtimeMs;
      runs.push({ slot: beam.resourceId, start: timeOf('job.pid'), end: timeOf('exit.code') });
    }
  }
  runs.sort((a, b) => a.start - b.start);
  return [...new Set(runs.map(({ slot }) => slot))].flatMap((slot) => {
    const own = runs.filter((run) => run.slot === slot);
    return own.slice(1).map((run, i) => run.start - (own[i]?.end ?? run.start));
  });
}

const places = Array.from({ length: SLOTS }, (_, n) =>
  aResource({ id: `local/cpu-${String(n)}`, kind: 'cpu', uuid: null }),
);
try {
  await stores.database.open();
  if (!ON_GPUS) await stores.resources.sync('local', places);
  const cases = Array.from({ length: CASES }, () => aCase({ state: 'interpreted', leaseOwner: 'bench' }));
  await stores.seed({
    cases,
    beams: cases.flatMap(({ id }) => BEAMS.map((beamNumber) => aBeam({ caseId: id, beamNumber }))),
  });
  const dosePath = join(folder, 'a-dose.mha');
  prepareFiles(cases, dosePath);
  const step = buildStep(dosePath);
  const context = { signal: new AbortController().signal, log: new FakeLogger(), held: () => false };
  const alive = setInterval(() => undefined, 1_000);
  const startMs = performance.now();
  await Promise.all(cases.map((kase) => step.run(kase, context)));
  const tookMs = performance.now() - startMs;
  clearInterval(alive);
  const all = [...(await gaps(cases))].sort((a, b) => a - b);
  const at = (share: number): string =>
    (all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? NaN).toFixed(1);
  process.stdout.write(
    `${String(CASES * BEAMS.length)} jobs of 0.3 s on ${String(SLOTS)} ${ON_GPUS ? 'fake GPUs' : 'CPU places'}: ${(tookMs / 1000).toFixed(2)} s\n` +
      `gap between two jobs of one slot: median ${at(0.5)} ms, 90 % ${at(0.9)} ms, longest ${at(1)} ms (wanted: median < ${String(WANTED)} ms)\n`,
  );
} finally {
  await stores.database.close();
  rmSync(folder, { recursive: true, force: true });
}
