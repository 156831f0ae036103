import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dicomFile } from '../builders/dicom-bytes.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { until } from '../until.js';
import { BenchService, median } from './bench-service.js';
import { writeSlices } from './bench-slices.js';

/*
 * Memory of the service while 50 GB of cases wait for a missing CT slice, against the same number of cases and files of a
 * few kilobytes, in the same run. The large slices have valid headers and a hole for pixels. Each time a service of its
 * own; its memory is the median of some seconds, once every case waits and has been looked at.
 */
const CASES = 25;
const SLICES = 200;
const LARGE_SIDE = 2240; // 10 MB of pixels
const SMALL_SIDE = 8;
const SAMPLES = 20;
const MISSING = 100;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const passing = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function makeCase(folder: string, side: number): number {
  mkdirSync(folder);
  writeSlices(folder, 0, MISSING, side);
  writeSlices(folder, MISSING + 1, SLICES + 1, side);
  writeFileSync(join(folder, 'plan.dcm'), dicomFile(rawIonPlan()));
  return SLICES * side * side * 2;
}

async function rssWhileWaiting(side: number): Promise<{ rssMiB: number; gigabytes: number }> {
  const service = new BenchService({ quietSeconds: 1, engineSeconds: 0, slots: 1 });
  try {
    let bytes = 0;
    for (let n = 0; n < CASES; n++) bytes += makeCase(join(service.root, 'inbox', `case ${String(n)}`), side);
    await service.start();
    await until('every case waits', () => service.waiting() === CASES, 120_000);
    const samples: number[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      await passing(500);
      samples.push(service.usage().rssMiB);
    }
    return { rssMiB: median(samples), gigabytes: bytes / 1e9 };
  } finally {
    await service.stop();
  }
}

const small = await rssWhileWaiting(SMALL_SIDE);
const large = await rssWhileWaiting(LARGE_SIDE);
print(`${String(CASES)} cases of ${String(SLICES)} slices wait for one more`);
print(`${(small.gigabytes * 1000).toFixed(1)} MB in all: ${small.rssMiB.toFixed(0)} MiB resident`);
print(`${large.gigabytes.toFixed(1)} GB in all: ${large.rssMiB.toFixed(0)} MiB resident`);
print(`ratio ${(large.rssMiB / small.rssMiB).toFixed(2)} (wanted: 1, give or take 0.1)`);
