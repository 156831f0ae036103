// npm run demo [-- --keep]: installs and builds what is missing, then shows a synthetic case on its way to RT Dose.
import { ready } from './ready.mjs';

ready();
process.argv.splice(2, 0, 'demo');
await import('../dist/src/cli.js');
