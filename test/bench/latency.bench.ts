import { BenchService, median } from './bench-service.js';

/*
 * One plan-only case at a time: from the last file written to the row (less the quiet window), and from the row to the
 * engine's first instruction.
 */
const ROUNDS = 10;
const QUIET_SECONDS = 0.5;

const service = new BenchService({ quietSeconds: QUIET_SECONDS, engineSeconds: 0.1, slots: 1 });
try {
  await service.start();
  const made = service.makeCase('made', 1);
  service.drop(made, 'warm-up');
  await service.untilAllCompleted(1, 30_000);
  const toRow: number[] = [];
  const toEngine: number[] = [];
  for (let i = 1; i <= ROUNDS; i++) {
    const droppedAt = service.drop(made, `case ${String(i)}`);
    const cases = await service.untilAllCompleted(i + 1, 30_000);
    const registeredAt = Date.parse(cases[0]?.createdAt ?? '');
    toRow.push(registeredAt - droppedAt - QUIET_SECONDS * 1000);
    toEngine.push((service.engineRuns().at(-1)?.startMs ?? NaN) - registeredAt);
  }
  const shown = (values: readonly number[]): string =>
    `median ${median(values).toFixed(0)} ms, largest ${Math.max(...values).toFixed(0)} ms`;
  process.stdout.write(
    `drop to registered, after the quiet window: ${shown(toRow)} (wanted: under 200)\n` +
      `registered to first engine process, plan-only case: ${shown(toEngine)} (wanted: under 500)\n`,
  );
} finally {
  await service.stop();
}
