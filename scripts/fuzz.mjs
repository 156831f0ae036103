// npm run fuzz [-- INPUTS [SEED [SUBJECT ...]]]: builds if needed, then gives the DICOM reader (dicom), the parsers of delivery
// logs (logs) and the reader of a site's own interpreter's output (interpreter) mutated files, 200,000 each and seed 1 unless
// told, and some made to harm; prints the figures of docs/fuzzing-record.md. Ends with 1 where one is not answered in bounds.
import { fileURLToPath } from 'node:url';
import { ready, run } from './ready.mjs';

ready();
const program = fileURLToPath(new URL('../dist/test/fuzz/run-fuzz.js', import.meta.url));
run(process.execPath, ['--enable-source-maps', program, ...process.argv.slice(2)]);
