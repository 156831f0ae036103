import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DicomCaseReader } from '../../src/adapters/dicom/reading/dicom-case-reader.js';
import { acceptCase, choosePlan } from '../../src/domain/acceptance.js';
import { dicomFile } from '../builders/dicom-bytes.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { writeSlices } from './bench-slices.js';

/*
 * CT headers a second (warm cache): files of 527 kB with a header of 3 kB and 60 elements, as the published phantom has. Beside
 * it, in the same run, pydicom (where there is one) and dcmjs, both told to stop before the pixels. Then how long a case
 * of 324 slices and a plan takes to be validated, and the longest time this thread answered nothing meanwhile.
 */
const FILES = 2000;
const SLICES = 324;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
const never = new AbortController().signal;

async function rate(name: string, count: number, work: () => unknown): Promise<number> {
  await work();
  const start = performance.now();
  await work();
  const perSecond = (count * 1000) / (performance.now() - start);
  print(`${name}: ${perSecond.toFixed(0)} CT headers/s`);
  return perSecond;
}

function withPydicom(where: string): number | null {
  const script = `
import glob, sys, time, pydicom
files = glob.glob(sys.argv[1] + '/*.dcm')
for run in range(2):
    start = time.time()
    for f in files:
        d = pydicom.dcmread(f, stop_before_pixels=True)
        (d.SOPInstanceUID, d.ImagePositionPatient[2], d.Rows)
    rate = len(files) / (time.time() - start)
print(rate)`;
  try {
    return Number(
      execFileSync('/usr/bin/python3', ['-c', script, where], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } catch {
    return null; // no python3 or no pydicom here: dcmjs remains as the peer
  }
}

interface Dcmjs {
  readonly data: { readonly DicomMessage: { readFile(bytes: ArrayBuffer, options: object): unknown } };
}

async function withDcmjs(where: string): Promise<number> {
  const { default: dcmjs } = (await import('dcmjs')) as unknown as { default: Dcmjs };
  const files = readdirSync(where).slice(0, 300);
  const headers = files.map((file) => Uint8Array.from(readFileSync(join(where, file)).subarray(0, 16_384)).buffer);
  return rate('dcmjs (parsing alone, no reading)', files.length, () => {
    for (const bytes of headers) {
      dcmjs.data.DicomMessage.readFile(bytes, {
        untilTag: '7FE00010',
        includeUntilTagValue: false,
        ignoreErrors: true,
      });
    }
  });
}

/** Longest gap between turns of this thread's loop while `work` runs. */
async function longestGap(work: () => Promise<unknown>): Promise<number> {
  const done = new AbortController();
  let longest = 0;
  const watch = (async () => {
    let last = performance.now();
    while (!done.signal.aborted) {
      await sleep(1);
      const now = performance.now();
      longest = Math.max(longest, now - last - 1);
      last = now;
    }
  })();
  await work();
  done.abort();
  await watch;
  return longest;
}

const reader = new DicomCaseReader({ maxFiles: 10_000, maxBytes: 2 ** 40 });
try {
  const many = mkdtempSync(join(folder, 'many-'));
  writeSlices(many, 0, FILES);
  const ours = await rate('this reader, 16 reads in flight', FILES, () => reader.inventory(many, never));
  const pydicom = withPydicom(many);
  if (pydicom === null) print('pydicom: not on this machine');
  else
    print(`pydicom: ${pydicom.toFixed(0)} CT headers/s (this reader is ${(ours / pydicom).toFixed(1)} times as fast)`);
  await withDcmjs(many);

  const kase = mkdtempSync(join(folder, 'case-'));
  writeSlices(kase, 0, SLICES);
  writeFileSync(join(kase, 'plan.dcm'), dicomFile(rawIonPlan()));
  const validate = async (): Promise<void> => {
    const found = await reader.inventory(kase, never);
    const plan = await reader.plan(join(kase, choosePlan(found).path));
    if (acceptCase(found, plan, 'auto').do !== 'accept') throw new Error('the case was not accepted');
  };
  const first = performance.now();
  await validate();
  print(`a case of ${String(SLICES)} slices, first time: ${(performance.now() - first).toFixed(0)} ms`);
  const gap = await longestGap(() => reader.inventory(many, never));
  print(`longest time without an answer from this thread while reading: ${gap.toFixed(1)} ms`);
} finally {
  await reader.close();
  rmSync(folder, { recursive: true, force: true });
}
