import { BenchService, gapsBetween, median } from './bench-service.js';

/*
 * 20 cases of 2 beams, an engine of 1 s, 2 slots: 20 s are ideal (the tool this replaces took 1,216 s). Prints the time
 * from the first engine's start to the last one's end against that floor, and the gaps between two beams of one slot.
 * The slots are two GPUs of a fake nvidia-smi (each given on only when it is seen to be empty), or, with `cpu` as argument,
 * CPU places.
 */
const CASES = 20;
const BEAMS = 2;
const ENGINE_SECONDS = 1;
const SLOTS = 2;

const gpus = process.argv.includes('cpu') ? 0 : SLOTS;
/** ms: a GPU is looked at before it is given on. */
const wanted = gpus > 0 ? 100 : 50;
const service = new BenchService({ quietSeconds: 0.5, engineSeconds: ENGINE_SECONDS, slots: SLOTS, gpus });
try {
  await service.start();
  const made = service.makeCase('made', BEAMS);
  service.drop(made, 'warm-up');
  await service.untilAllCompleted(1, 30_000);
  const before = service.engineRuns().length;
  for (let i = 1; i <= CASES; i++) service.drop(made, `case ${String(i)}`);
  await new Promise((resolve) => setTimeout(resolve, 22_000)); // asking meanwhile would use the processor it needs
  await service.untilAllCompleted(CASES + 1, 60_000);
  const runs = service.engineRuns().slice(before);
  const spanMs = Math.max(...runs.map(({ endMs }) => endMs)) - Math.min(...runs.map(({ startMs }) => startMs));
  const floorMs = (CASES * BEAMS * ENGINE_SECONDS * 1000) / SLOTS;
  const gaps = gapsBetween(runs, SLOTS);
  process.stdout.write(
    `${String(runs.length)} beams of ${String(ENGINE_SECONDS)} s on ${String(SLOTS)} ${gpus > 0 ? 'fake GPUs' : 'CPU places'}: ${(spanMs / 1000).toFixed(2)} s, ` +
      `${(spanMs / floorMs).toFixed(3)} x the floor of ${String(floorMs / 1000)} s (wanted: at most 1.05)\n` +
      `gap between two beams of one slot: median ${median(gaps).toFixed(0)} ms (wanted: under ${String(wanted)}), ` +
      `largest ${Math.max(...gaps).toFixed(0)} ms\n`,
  );
} finally {
  await service.stop();
}
