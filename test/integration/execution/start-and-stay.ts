import { StarterProcess } from '../../../src/adapters/hosts/starter-process.js';
import { until } from '../../until.js';

/* A service that starts a job by its starter, prints the pids of both, and stays. Argument: a folder. */
const folder = process.argv[2] ?? '';
setInterval(() => undefined, 1_000); // the starter keeps no process alive
const starter = new StarterProcess({});
await starter.run(['true'], {}, 1_000);
await until('the starter can be asked', () => starter.pid !== null);
const { pid } = await starter.start(
  { argv: ['sleep', '60'], folder, env: { PATH: process.env.PATH ?? '' }, logPath: `${folder}/log` },
  () => undefined,
);
process.stdout.write(`${JSON.stringify({ starter: starter.pid, job: pid })}\n`);
