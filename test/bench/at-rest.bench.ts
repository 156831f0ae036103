import { Container } from 'typedi';
import { loadConfig } from '../../src/config/load-config.js';
import { buildContainer } from '../../src/container.js';
import { CaseStore } from '../../src/ports/case-store.js';
import { Database } from '../../src/ports/database.js';
import { aCase } from '../builders/a-case.js';
import { BenchService } from './bench-service.js';

/*
 * The service at rest with 1,000 finished cases: resident memory, and processor time over a minute, with all that falls into it.
 * At some time after a start V8 collects up to three times to make the heap smaller, some 0.15 s together: whether ten seconds held
 * that was a matter of luck, and made 0.7 % of a core 2 %. In a minute the work that goes on and on decides.
 */
const CASES = 1_000;
const SECONDS = 60;

const service = new BenchService({ quietSeconds: 0.5, engineSeconds: 1, slots: 2 });
try {
  await finishCases();
  await service.start();
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const before = service.usage();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const after = service.usage();
  const percent = ((after.cpuSeconds - before.cpuSeconds) / SECONDS) * 100;
  process.stdout.write(
    `at rest with ${String(CASES)} finished cases: ${after.rssMiB.toFixed(0)} MiB resident (wanted: under 150), ` +
      `${percent.toFixed(2)} % of one core (wanted: under 1)\n`,
  );
} finally {
  await service.stop();
  Container.reset();
}

/** Rows as completed cases leave them, each with its folder in the inbox. */
async function finishCases(): Promise<void> {
  const { settings } = loadConfig({ env: {}, flags: { root: service.root }, cwd: service.root });
  const container = buildContainer(settings);
  const database = container.get(Database);
  await database.open();
  const cases = container.get(CaseStore);
  for (let i = 0; i < CASES; i++) {
    const { id, folder, fingerprint } = aCase();
    const { kase } = await cases.register({
      id,
      inbox: '',
      folder,
      fingerprint,
      priority: 0,
      at: Date.now(),
      actor: 'bench',
    });
    let now = kase;
    for (const to of ['validated', 'interpreted', 'simulated', 'assembled', 'completed'] as const) {
      const transition = { event: 'advance', to, reason: null, actor: 'bench' } as const;
      now = await cases.commit(now, { change: { state: to }, transition, at: Date.now() });
    }
  }
  await database.close();
}
