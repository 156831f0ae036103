import { existsSync } from 'node:fs';

/*
 * The command `mqi`. What it does is in program.ts; where the build has bundled that into a few files, which start in half
 * the time (docs/adr/0241), these are taken. Coverage is counted in the files as they were compiled.
 */
const bundle = new URL('../program/program.js', import.meta.url);
const isBundled = process.env['NODE_V8_COVERAGE'] === undefined && existsSync(bundle);
await import(isBundled ? bundle.href : './program.js');
