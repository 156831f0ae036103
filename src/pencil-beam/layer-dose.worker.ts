// One thread of the engine: doses of its share of the layers, added to a fan of its own, so that no two threads write the
// same memory and the result does not depend on who was faster. All else it is given is only read.
import { parentPort, workerData } from 'node:worker_threads';
import type { Grid } from '../domain/grid.js';
import { LayerDose } from './layer-dose.js';
import type { FanPlan } from './plan-fan.js';
import type { PreparedLayer } from './prepared-layer.js';

export interface LayerDoseTask {
  readonly plan: FanPlan;
  readonly doseGrid: Grid;
  /** Shared memory. */
  readonly depthMm: Float32Array;
  readonly doseGy: Float32Array;
  readonly layers: readonly PreparedLayer[];
}

/** Parts of the thread's work done, 0-1; the last one is 1. */
export type LayerDoseProgress = number;

const REPORT_EVERY_MS = 100;

const { plan, doseGrid, depthMm, doseGy, layers } = workerData as LayerDoseTask;
const dose = new LayerDose(plan, doseGrid, depthMm, doseGy);
let reportedAt = performance.now();
layers.forEach((layer, index) => {
  dose.add(layer, (part) => {
    if (performance.now() - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = performance.now();
    report((index + part) / layers.length);
  });
});
report(1);

function report(done: LayerDoseProgress): void {
  parentPort?.postMessage(done);
}
