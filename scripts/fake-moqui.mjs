#!/usr/bin/env node
// moqui for tests, both dialects: `scripts/fake-moqui.mjs FILE.in` as `tps_env FILE.in`. Reads the input file, the DICOM files
// and the CSVs as the real program was seen to (docs/engines.md), with its traps, and writes a simple dose: Bragg curves
// through water-equivalent depth, a Gaussian across, one for each layer. A line `FakeLie KIND` makes it end in a way the
// real one was seen to: see LIES. It needs the built tree (npm run build).
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fakeDose, GANTRY_AXES, readCt, readPlan } from './fake-moqui-dose.mjs';
import { behindShifter } from './fake-moqui-shifter.mjs';

const LIES = {
  'no-file': (dose) => ({ ...dose, files: [] }),
  empty: (dose) => ({ ...dose, values: new Float64Array(0) }),
  planes: ({ values, files, plane }) => ({ values: values.subarray(0, values.length - plane), files }),
  truncated: ({ values, files }) => ({ values: values.subarray(0, (values.length >> 1) + 3), files }),
  nan: ({ values, files }) => ({ values: values.with(values.length - 1, NaN), files }),
  infinite: ({ values, files }) => ({ values: values.with(0, Infinity), files }),
  negative: ({ values, files }) => ({ values: values.with(7, -1e-9), files }),
  zero: ({ values, files }) => ({ values: values.map(() => 0), files }),
  doubled: ({ values, files }) => ({ values: values.map((gy) => 2 * gy), files }),
  course: ({ values, files }) => ({ values: values.map((gy) => 35 * gy), files }),
  'two-files': ({ values, files }) => ({ values, files: [...files, 'BEAM_2_Dose.raw'] }),
};

/** Lines as the program keeps them: trimmed, without comments, which start anywhere. */
const lines = readFileSync(process.argv[2], 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.trim())
  .filter((line) => !line.startsWith('#'))
  .map((line) => line.split('#')[0]);

/** The first line with the key, upper and lower case alike; the first blank parts key and value. */
function text(key, byDefault) {
  for (const line of lines) {
    const blank = line.indexOf(' ');
    if (blank > 0 && line.slice(0, blank).trim().toLowerCase() === key.toLowerCase())
      return line.slice(blank + 1).trim();
  }
  return byDefault;
}
/** atof and atoi: what is no number is 0. */
const float = (key, byDefault) => Number.parseFloat(text(key, String(byDefault))) || 0;
const int = (key, byDefault) => Number.parseInt(text(key, String(byDefault)), 10) || 0;
const bool = (key, byDefault) => text(key, String(byDefault)).toLowerCase() === 'true' || int(key, 0) !== 0;
const ints = (key) => text(key, '').split(',').filter((part) => part.trim() !== '').map((part) => Number.parseInt(part, 10) || 0); // prettier-ignore

function abort(what) {
  console.error(`terminate called after throwing an instance of 'std::runtime_error'\n  what():  ${what}`);
  process.exit(134);
}

const lie = text('FakeLie', '');
if (lie === 'busy') {
  console.log('No free GPU remains');
  process.exit(1);
}
if (lie === 'busy-device') {
  console.error('GPUassert: CUDA-capable device(s) is/are busy or unavailable mqi_tps_env.hpp 552');
  process.exit(46);
}
if (lie === 'memory') {
  console.log('current total 11019.4 MB free 120.1 MB\nCUDA error: (upload node) out of memory');
  process.exit(255);
}
if (lie === 'segfault') process.exit(139);
if (lie === 'abort') abort('Invalid DICOM file is given to treatment_session.');
if (lie === 'hang') await sleep(2 ** 31 - 1);

const isLog = text('logFilePath', null) !== null;
if (isLog) console.log('Version : v1.0.8 (fake)');
const parent = text('ParentDir', '');
if (parent === '') abort('ParentDir is not provided');
const dicomDir = `${parent}/${text('DicomDir', '')}`;
const perHistory = float('ParticlesPerHistory', -1);
const scorer = text('Scorer', '');
const outputDir = text('OutputDir', '');
if (outputDir === '') abort('Output directory is not provided.');
let writable = lie !== 'unwritable';
try {
  if (!existsSync(outputDir)) mkdirSync(outputDir);
  else if (!bool('OverwriteResults', false)) abort('Output directory exists.');
} catch {
  writable = false; // mkdir's answer is not looked at
}

const plan = readPlan(dicomDir) ?? abort('There is no RTPLAN in the path. Exiting.');
const phantom = isLog && bool('UsingPhantomGeo', false);
const axes = ['X', 'Y', 'Z'];
const target = phantom ? waterBox() : readCt(dicomDir);
function waterBox() {
  const size = axes.map((axis) => int(`PhantomDim${axis}`, 200));
  const spacing = axes.map((axis) => int(`PhantomUnit${axis}`, 1));
  const origin = axes.map((axis, i) => int(`PhantomPosition${axis}`, 1) + spacing[i] / 2);
  return { size, spacing, origin, hu: new Int16Array(size[0] * size[1] * size[2]) };
}
if (target?.tooManyRows) process.exit(139);

const [beamNumber = 0] = ints('BeamNumbers');
const planned = plan.beams.find((one) => one.number === beamNumber) ?? abort('Invalid beam number.');
if (!Number.isFinite(planned.snoutMm)) process.exit(139); // the first of no values is read
/** The log dialect's own phantom lies on the gantry's axes, with the isocentre as origin; the plan's angles are not looked at. */
const beam = phantom ? { ...planned, isocentre: [0, 0, 0], axes: GANTRY_AXES } : planned;
const layers = isLog ? layersOfLogs() : layersOfPlan();

/** It is opened to read and write; where that fails the end of the file never comes, which is what its loop waits for. */
function openOrSpin(path) {
  try {
    return openSync(path, 'r+');
  } catch {
    for (;;);
  }
}

/** The CSVs of the first folder in the order of names: energy from the file's name, counts as whole numbers. */
function layersOfLogs() {
  const gantry = int('GantryNum', 2);
  console.log(`Selected gantry number : ${gantry === 1 ? 1 : 2}`);
  const logs = `${parent}/${text('logFilePath', '')}`;
  const [field] = readdirSync(logs).sort();
  return readdirSync(join(logs, field)).sort().filter((name) => name.endsWith('.csv')).map((name) => {
    const energyMeV = Number.parseFloat(name.slice(name.indexOf('_') + 1));
    console.log(`Reading log file information in the field directory.. : ${join(logs, field, name)}..`);
    const fields = readFileSync(openOrSpin(join(logs, field, name)), 'utf8').split(',');
    const spots = [];
    for (let at = 0; at + 3 < fields.length; at += 4) {
      const count = Math.trunc((Number.parseInt(fields[at + 3], 10) || 0) * perHistory);
      spots.push({ x: Number.parseFloat(fields[at + 1]), y: Number.parseFloat(fields[at + 2]), protons: count });
    }
    return { energyMeV, spots };
  }); // prettier-ignore
}

/** A whole number of histories, each for so many protons; where nobody says how many, one history that counts -1. */
function weighed(protons) {
  return perHistory === -1 ? -1 : Math.trunc(protons / perHistory) * perHistory;
}

/** A section is a line that is its name to the letter; they are looked for in one order, each from where the one before ended. */
function machineSections() {
  const path = text('Machine', '').replace(/^pbs:/, '');
  const rows = (existsSync(path) ? readFileSync(path, 'utf8') : '').split('\n').map((line) => line.split('#')[0]).filter((line) => line !== ''); // prettier-ignore
  const sections = new Map();
  while (rows.length > 0) {
    let line = rows.shift();
    for (const name of ['[geometry]', '[rangeshifter_thickness]', '[spot]', '[time]']) {
      if (line !== name) continue;
      const own = sections.get(name) ?? sections.set(name, []).get(name);
      while (rows.length > 0 && !/\[.*\]/.test((line = rows.shift()))) own.push(line);
    }
  }
  return sections;
}

/** Every second control point; weights as MU; protons per MU linear in the machine file's [spot]. */
function layersOfPlan() {
  const sections = machineSections();
  const numbers = (line) => line.trim().split(/\s+/).map(Number);
  const rows = (sections.get('[spot]') ?? [])
    .map(numbers)
    .filter((row) => row.length === 8 && row.every(Number.isFinite));
  if (rows.length === 0) {
    console.error('out-of-bound'); // it looks all the same, and reads where there is nothing
    process.exit(139);
  }
  const sad = (sections.get('[geometry]') ?? []).find((line) => line.startsWith('SAD(mm)'));
  const nowhere = sad === undefined || numbers(sad.slice(7)).some((mm) => mm === 0);
  return beam.points.filter((_, index) => index % 2 === 0).map(({ energyMeV, spots }) => {
    const up = rows.findIndex((row) => row[0] >= energyMeV);
    if (up === 0) console.error('out-of-bound'); // of energies above its table it says nothing
    const [a, b] = up < 0 ? rows.slice(-2) : [rows[Math.max(0, up - 1)], rows[Math.max(1, up)]];
    const ratio = a[7] + ((energyMeV - a[0]) / (b[0] - a[0])) * (b[7] - a[7]);
    return {
      energyMeV,
      spots: spots.map(({ x, y, weight }) => ({ x: nowhere ? NaN : x, y, protons: weighed(weight * ratio) })),
    };
  }); // prettier-ignore
}

/** Named by the number among what the beam meets: the patient is 0, behind a range shifter 1. Of LET two sums are left. */
function filesOf(scored) {
  const name = `${beam.name}_${beam.shifters > 0 ? 1 : 0}_${scored}`;
  return scored.startsWith('LET') ? [`${name}_numer.raw`, `${name}_denom.raw`] : [`${name}.raw`];
}

/** Where it cannot write (`out` a file, no permission) it says so, and ends as if it had. */
function save(path, values) {
  try {
    writeFileSync(path, new Uint8Array(values.buffer, 0, values.byteLength));
  } catch {
    console.log(`Cannot write :${path}`);
  }
}

const histories = Math.round(Math.abs(layers.flatMap(({ spots }) => spots).reduce((sum, { protons }) => sum + protons, 0) / perHistory)); // prettier-ignore
const spotCount = layers.reduce((sum, { spots }) => sum + spots.length, 0);
if (isLog) console.log(`Total beamlets (Spots) : ${spotCount}\nTotal histories (Particles) : ${histories}`);
else console.log(`beamlets ${spotCount}\nhistories ${perHistory === -1 ? spotCount : histories}`);
const most = int('MaxHistoriesPerBatch', 0);
const perBatch = most > 0 ? most : histories;
const batches = perBatch === 0 ? 0 : Math.ceil(histories / perBatch);
const seconds = float('FakeSeconds', 0);
if (isLog) console.log(`Uploading particles with batch.. : Particle count --> ${perBatch} with ${batches} batches`);
else console.log(most > 0 ? `Upload ${perBatch} histories per batch, ${batches} batches expected` : `Uploading ${perBatch} histories`); // prettier-ignore
for (let batch = 1; batch <= batches; batch++) {
  if (isLog) console.log(`Generating particles for (${batch} of ${batches} batches) in CPU ..`);
  else console.log(`Generating particles...\ncum_vertiex ${Math.min(batch * perBatch, histories)} ${Math.min(perBatch, histories - (batch - 1) * perBatch)}`); // prettier-ignore
  await sleep((1000 * seconds) / batches);
}
if (lie === 'pixels' || target?.cut) console.error('Incomplete Pixel Data found, use file at own risk');
if (lie === 'out-of-bound') console.error('out-of-bound');
if (lie === 'fatal') console.log('FATAL ERROR: out of device memory');

console.log('Simlulation finalizing..');
const shifted = isLog ? layers : behindShifter(layers, planned, ...['[geometry]', '[rangeshifter_thickness]'].map((name) => machineSections().get(name) ?? []), float('RangeshifterDensity', 1.19)); // prettier-ignore
if (scorer !== '' && writable) {
  const factor = isLog ? perHistory : float('RBE', 1.1) * (int('NumberOfFraction', -1) > 0 ? int('NumberOfFraction', -1) : plan.fractions); // prettier-ignore
  const values = target === null ? new Float64Array(0) : fakeDose(target, beam, shifted).map((gy) => gy * factor);
  const plane = target === null ? 0 : target.size[0] * target.size[1];
  const files = scorer.split(',').flatMap((one) => filesOf(one.trim()));
  const told = (LIES[lie] ?? ((dose) => dose))({ values, files, plane });
  for (const name of told.files) save(join(outputDir, name), told.values);
}
console.log(isLog ? 'Total execution time: 0.1 seconds' : 'Time taken by MC engine: 100 milli-seconds');
if (lie === 'late-crash') process.exit(139); // as it puts its memory in order
