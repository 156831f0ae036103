// A dose engine for tests and benches, run by engine kind `command`:
//   node scripts/fake-engine.mjs --geometry {geometry} --output {output} [--seconds 1] [--lie KIND] [--ct {ct}] [--batches]
// Prints progress, then writes a plausible dose (a bell over the wanted grid) as float32 MetaImage. With --lie it ends
// as real engines were seen to end: see LIES. --batches tells progress as "finished batch 3 of 10"; --ct FILE is read and
// must be there; an output that ends with .mhd gets its values in a raw file beside it, as float64.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

const LIES = {
  nofile: 'no dose file, exit 0',
  'exit0-nofile': 'reports success, no dose file, exit 0',
  short: 'the dose file lacks its last plane, exit 0',
  nan: 'one value is not a number, exit 0',
  negative: 'one value is negative, exit 0',
  zero: 'no dose anywhere, exit 0',
  wronggrid: 'dose on a grid moved by 1 mm, exit 0',
  hang: 'never ends, says nothing, uses no CPU',
  crash: 'aborts half way, exit 134',
  unsupported: 'refuses the beam, exit 2',
  'says-failed': 'writes a good dose and "ERROR: lost a batch", exit 0',
  'ignore-term': 'ends well, but does not end on SIGTERM',
};

const { values: options } = parseArgs({
  options: {
    input: { type: 'string' },
    geometry: { type: 'string' },
    output: { type: 'string' },
    seconds: { type: 'string', default: '0' },
    lie: { type: 'string' },
    ct: { type: 'string' },
    batches: { type: 'boolean', default: false },
  },
});
const { lie } = options;
if (!options.geometry || !options.output || (lie !== undefined && !(lie in LIES))) {
  console.error('usage: --geometry FILE --output FILE [--seconds N] [--lie KIND]; kinds:');
  for (const [kind, what] of Object.entries(LIES)) console.error(`  ${kind}: ${what}`);
  process.exit(64);
}

if (lie === 'ignore-term') process.on('SIGTERM', () => console.log('SIGTERM ignored'));
if (lie === 'hang') await new Promise((resolve) => setTimeout(resolve, 2 ** 31 - 1));
if (lie === 'unsupported') {
  console.error('error engine.unsupported an aperture is not modelled');
  process.exit(2);
}

if (options.ct !== undefined) console.log(`CT of ${readFileSync(options.ct).length} bytes`);
if (lie === 'says-failed') console.error('ERROR: lost a batch');

const STEPS = 10;
for (let step = 0; step < STEPS; step++) {
  console.log(options.batches ? `finished batch ${step} of ${STEPS}` : `progress ${(100 * step) / STEPS}`);
  if (lie === 'crash' && step === STEPS / 2) process.exit(134);
  await sleep((Number(options.seconds) * 1000) / STEPS);
}

const { originMm, spacingMm, size } = JSON.parse(readFileSync(options.geometry, 'utf8')).doseGrid;
const [nx, ny, nz] = size;
const bell = (n) => Float32Array.from({ length: n }, (_, i) => Math.exp(-(((i - (n - 1) / 2) / (n / 6)) ** 2)));
const [x, y, z] = [bell(nx), bell(ny), bell(nz)];
const dose = new Float32Array(nx * ny * nz);
if (lie !== 'zero') {
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = 2 * z[k] * y[j];
      for (let i = 0; i < nx; i++) dose[at++] = row * x[i];
    }
  }
}
if (lie === 'nan') dose[dose.length - 1] = NaN;
if (lie === 'negative') dose[dose.length - 1] = -1e-6;

const mhd = options.output.endsWith('.mhd');
const header = [
  'ObjectType = Image',
  'NDims = 3',
  'BinaryData = True',
  'BinaryDataByteOrderMSB = False',
  'CompressedData = False',
  `Offset = ${originMm.map((mm) => (lie === 'wronggrid' ? mm + 1 : mm)).join(' ')}`,
  `ElementSpacing = ${spacingMm.join(' ')}`,
  `DimSize = ${size.join(' ')}`,
  `ElementType = ${mhd ? 'MET_DOUBLE' : 'MET_FLOAT'}`,
  `ElementDataFile = ${mhd ? 'dose.raw' : 'LOCAL'}`,
  '',
].join('\n');
const written = mhd ? Float64Array.from(dose) : dose;
const short = nx * ny * written.BYTES_PER_ELEMENT;
const bytes = Buffer.from(written.buffer, 0, lie === 'short' ? written.byteLength - short : written.byteLength);
if (lie !== 'nofile' && lie !== 'exit0-nofile') {
  if (mhd) writeFileSync(join(dirname(options.output), 'dose.raw'), bytes);
  writeFileSync(`${options.output}.part`, Buffer.concat([Buffer.from(header), ...(mhd ? [] : [bytes])]));
  renameSync(`${options.output}.part`, options.output);
}
console.log(options.batches ? `finished batch ${STEPS} of ${STEPS}\nAll batches done` : 'progress 100');
