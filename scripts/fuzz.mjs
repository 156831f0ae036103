// npm run fuzz [-- INPUTS [SEED]]: builds if needed, then gives the DICOM reader mutated files (200,000 and seed 1 unless
// told) and some made to harm; prints the figures of docs/fuzzing-record.md. Ends with 1 where one is not answered in bounds.
import { fileURLToPath } from 'node:url';
import { ready, run } from './ready.mjs';

ready();
const program = fileURLToPath(new URL('../dist/test/fuzz/run-fuzz.js', import.meta.url));
run(process.execPath, ['--enable-source-maps', program, ...process.argv.slice(2)]);
