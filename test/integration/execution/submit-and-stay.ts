import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { DirectScheduler } from '../../../src/adapters/schedulers/direct-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';

/** A service to be killed: submits the job given as JSON, prints its handle, and stays. */
const [folder = '', argv = '[]'] = process.argv.slice(2);
const scheduler = new DirectScheduler(new LocalHost(), new SystemClock(), { pollMs: 1_000 });
const job = await scheduler.submit({ folder, argv: JSON.parse(argv) as string[], env: {}, gpuUuids: [] });
process.stdout.write(`${JSON.stringify(job)}\n`);
setInterval(() => undefined, 60_000);
