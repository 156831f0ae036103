import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDelivery, readLayer } from '../../src/adapters/deliveries/read-delivery.js';
import { parseScanRows } from '../../src/adapters/deliveries/scan-rows.js';
import { ShiDeliveryReader } from '../../src/adapters/deliveries/shi-delivery-reader.js';
import { ShiLogInterpreter } from '../../src/adapters/interpreters/shi-log-interpreter.js';
import { acceptDeliveries } from '../../src/domain/delivery-acceptance.js';
import { compareLayer } from '../../src/domain/delivery-comparison.js';
import type { LayerComparison } from '../../src/domain/delivery-comparison.js';
import { deliveredSpots } from '../../src/domain/delivered-spots.js';
import { Folders } from '../../src/domain/folders.js';
import type { IonPlan } from '../../src/domain/plan.js';
import { aDeliveryLog, TYPICAL_CALIBRATION, writeFiles } from '../builders/a-delivery-log.js';
import { A_CALIBRATED_MACHINE } from '../builders/a-machine.js';
import { aBeamModel } from '../builders/a-pencil-beam-job.js';
import { anIonBeam, anIonPlan } from '../builders/an-ion-plan.js';
import { FakeBeamModels } from '../fakes/fake-beam-models.js';
import { median } from './bench-service.js';

/*
 * Delivery logs of a Sumitomo machine. First .ptn bytes to calibrated rows on one core, beside the least anybody must do
 * in the same run: swap the bytes of the same file into a new array of uint16. Then a beam of 108 layers and 40 MB from
 * its folder (warm cache) to the comparison with the plan, and as a case to the text of beam.json. Processor time counts, so that neighbours of the machine do
 * not; the clock is told beside it.
 */
const LAYERS = 108;
const SPOTS = 580;
/** The synthetic logs have four rows a spot; 40 rows are 2.4 ms, as a spot of some MU takes. 40 MB in all. */
const TIMES_LONGER = 10;
const ROW_BYTES = 16;
const RUNS = 15;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { phantom, files: short, folders } = aDeliveryLog({ beams: 1, layers: LAYERS, spotsPerLayer: SPOTS });
const files = new Map(
  [...short].map(([path, bytes]) => [path, path.endsWith('.ptn') ? longer(bytes) : bytes] as const),
);
const scans = [...files].filter(([path]) => path.endsWith('.ptn')).map(([, bytes]) => bytes);
const megabytes = scans.reduce((sum, { length }) => sum + length, 0) / 1e6;

/** Every row several times. */
function longer(bytes: Buffer): Buffer {
  const rows = Array.from({ length: bytes.length / ROW_BYTES }, (_, i) =>
    bytes.subarray(i * ROW_BYTES, (i + 1) * ROW_BYTES),
  );
  return Buffer.concat(rows.flatMap((row) => Array.from({ length: TIMES_LONGER }, () => row)));
}

/** Processor time of this process so far, s. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** MB a second of processor time, median of the runs; each run goes over all layers. */
function rate(work: (bytes: Buffer, index: number) => unknown): number {
  const seconds = Array.from({ length: RUNS }, () => {
    const start = cpuSeconds();
    scans.forEach(work);
    return cpuSeconds() - start;
  });
  return megabytes / median(seconds);
}

function swapped(bytes: Buffer): Uint16Array {
  const words = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < words.length; i++) words[i] = ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0);
  return words;
}

async function interpreted(folder: string): Promise<readonly [cpuMs: number, ms: number]> {
  const start = performance.now();
  const cpuStart = cpuSeconds();
  const wantedLayers = phantom.beams[0]?.layers.map((layer) => ({ ...layer, meterset: layer.weights })) ?? [];
  const layers: LayerComparison[] = [];
  for (const layer of (await readDelivery(folder)).layers) {
    const delivered = deliveredSpots(await readLayer(folder, layer, TYPICAL_CALIBRATION), 0.2);
    const wanted = wantedLayers[layer.layerNumber - 1];
    if (wanted !== undefined) layers.push(compareLayer(wanted, layer.layerNumber, [delivered], null));
  }
  if (layers.length !== LAYERS) throw new Error('layers are missing');
  return [(cpuSeconds() - cpuStart) * 1000, performance.now() - start];
}

/** The plan of the phantom, as far as interpretation needs it. */
function planned(): IonPlan {
  const beams = phantom.beams.map(({ beamNumber, meterset, layers, finalCumulativeMetersetWeight }) =>
    anIonBeam({
      beamNumber,
      meterset,
      machine: phantom.machine,
      layers: layers.map(({ energyMeV, xMm, yMm, weights }, index) => ({
        ...{ controlPointIndex: 2 * index, energyMeV, paintings: 1, spotSizeFwhmMm: null, xMm, yMm },
        meterset: weights.map((weight) => (weight * meterset) / finalCumulativeMetersetWeight),
      })),
    }),
  );
  return anIonPlan({ beams, patientId: phantom.patientId });
}

/** Headers to acceptance, spots to the engine's input as text: what validate and interpret do with logs. */
async function engineInput(root: string, caseFolder: string): Promise<readonly [cpuMs: number, ms: number]> {
  const start = performance.now();
  const cpuStart = cpuSeconds();
  const signal = new AbortController().signal;
  const plan = planned();
  const reader = new ShiDeliveryReader();
  const found = await reader.headers(join(root, 'inbox', caseFolder), folders, signal);
  const acceptance = acceptDeliveries(found, plan, Date.now());
  if (acceptance.do === 'wait') throw new Error(acceptance.waitingFor);
  const interpreter = new ShiLogInterpreter(new FakeBeamModels([MODEL]), reader, {
    folders: new Folders(root, join(root, 'inbox')),
    machines: [A_CALIBRATED_MACHINE],
    spotToleranceMm: 0.5,
  });
  const [beam] = await interpreter.interpret(
    { id: 'bench', run: 1, inbox: '', folder: caseFolder },
    plan,
    acceptance,
    signal,
  );
  if (JSON.stringify(beam).length < LAYERS * SPOTS * 10) throw new Error('spots are missing');
  return [(cpuSeconds() - cpuStart) * 1000, performance.now() - start];
}

const MODEL = aBeamModel({
  name: 'generic',
  table: [1, 300].map((energyMeV) => ({
    energyMeV,
    energySpreadPercent: 1,
    sigmaAtIsocentreMm: [4, 4],
    divergenceMrad: [3, 3],
    protonsPerMu: 1e8,
  })),
});

const top = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
try {
  const layer = { layerNumber: 1, monitorRangeFactor: 1 };
  const floor = rate(swapped);
  const ours = rate((bytes, i) => parseScanRows('a.ptn', bytes, { ...layer, layerNumber: i + 1 }, TYPICAL_CALIBRATION));
  print(`swapping bytes alone: ${floor.toFixed(0)} MB/s`);
  print(
    `.ptn to calibrated rows: ${ours.toFixed(0)} MB/s per core (wanted: at least 150), ` +
      `${(ours / floor).toFixed(2)} of the floor`,
  );
  writeFiles(top, files);
  const folder = join(top, folders[0] ?? '');
  const times: (readonly [number, number])[] = [];
  for (let run = 0; run < 5; run++) times.push(await interpreted(folder));
  const [cpuMs, ms] = [median(times.map(([cpu]) => cpu)), median(times.map(([, clock]) => clock))];
  print(
    `a beam of ${String(LAYERS)} layers, ${megabytes.toFixed(1)} MB, from its folder to the comparison with the plan: ` +
      `${cpuMs.toFixed(0)} ms of processor time, first time ${(times[0]?.[0] ?? NaN).toFixed(0)} ms, ` +
      `${ms.toFixed(0)} ms by the clock (wanted: under 1000)`,
  );
  writeFiles(join(top, 'inbox', 'case'), files);
  const inputs: (readonly [number, number])[] = [];
  for (let run = 0; run < 5; run++) inputs.push(await engineInput(top, 'case'));
  print(
    `the same beam as a case, from its headers to the text of beam.json: ` +
      `${median(inputs.map(([cpu]) => cpu)).toFixed(0)} ms of processor time, first time ` +
      `${(inputs[0]?.[0] ?? NaN).toFixed(0)} ms, ${median(inputs.map(([, clock]) => clock)).toFixed(0)} ms by the clock ` +
      `(wanted: under 1000)`,
  );
} finally {
  rmSync(top, { recursive: true, force: true });
}
