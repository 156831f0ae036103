import { readdirSync, readlinkSync } from 'node:fs';
import { BenchService } from './bench-service.js';

/*
 * Many small cases through the real service, with faults: about one engine run in twenty fails and is tried again. Prints
 * memory per hundred cases and what the service has open. `MQI_SOAK_CASES=N` or `--cases N` says how many (1,000).
 */
const at = process.argv.indexOf('--cases');
const CASES = at < 0 ? Number(process.env['MQI_SOAK_CASES'] ?? 1_000) : Number(process.argv[at + 1]);
const BATCH = Math.max(10, Math.min(100, Math.floor(CASES / 10)));

interface Sample {
  readonly done: number;
  readonly rssMiB: number;
  readonly files: number;
  readonly watches: number;
}

const service = new BenchService({ quietSeconds: 0.3, engineSeconds: 0.02, slots: 4, failOneIn: 20 });

function sample(done: number): Sample {
  const folder = `/proc/${String(service.pid)}/fd`;
  const links = readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(`${folder}/${fd}`)];
    } catch {
      return []; // closed since it was listed
    }
  });
  return {
    done,
    rssMiB: service.usage().rssMiB,
    files: links.length,
    watches: links.filter((link) => link.includes('inotify')).length,
  };
}

/** Least squares: MiB per hundred cases. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (s: Sample) => number): number => samples.reduce((sum, s) => sum + of(s), 0) / samples.length;
  const [x, y] = [mean((s) => s.done), mean((s) => s.rssMiB)];
  const over = samples.reduce((sum, s) => sum + (s.done - x) * (s.rssMiB - y), 0);
  return (100 * over) / samples.reduce((sum, s) => sum + (s.done - x) ** 2, 0);
}

try {
  await service.start();
  const made = service.makeCase('made', 1);
  service.drop(made, 'warm-up');
  await service.untilAllCompleted(1, 60_000);
  const samples: Sample[] = [];
  const startedAt = Date.now();
  for (let done = 0; done < CASES; done += BATCH) {
    for (let n = 1; n <= BATCH; n++) service.drop(made, `case ${String(done + n)}`);
    await service.untilAllCompleted(1 + done + BATCH, 120_000);
    samples.push(sample(done + BATCH));
    const { rssMiB, files, watches } = samples.at(-1)!;
    process.stdout.write(
      `${String(done + BATCH)} cases, ${((Date.now() - startedAt) / 1000).toFixed(0)} s: ${rssMiB.toFixed(0)} MiB, ` +
        `${String(files)} open files, ${String(watches)} of them watchers\n`,
    );
  }
  // The first third fills caches and lets the collector find its pace.
  const settled = samples.slice(Math.floor(samples.length / 3));
  process.stdout.write(
    `memory: ${slope(settled).toFixed(2)} MiB per 100 cases over the last ${String(settled.length)} batches ` +
      `(wanted: under 1); open files ${String(settled[0]?.files)} -> ${String(settled.at(-1)?.files)}\n`,
  );
} finally {
  await service.stop();
}
