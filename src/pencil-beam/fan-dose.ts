import { Worker } from 'node:worker_threads';
import type { Grid } from '../domain/grid.js';
import { bug } from '../domain/errors.js';
import { rays } from './fan.js';
import type { LayerDoseProgress, LayerDoseTask } from './layer-dose.worker.js';
import type { FanPlan } from './plan-fan.js';
import type { PreparedLayer } from './prepared-layer.js';

/**
 * Dose of all layers on the fan, calculated by so many threads. Layers are dealt out in turn, so that each thread gets high
 * and low energies, and the same ones every time: the same input gives the same dose, bit for bit, for one thread count.
 */
export async function fanDose(
  plan: FanPlan,
  doseGrid: Grid,
  depthMm: Float32Array,
  layers: readonly PreparedLayer[],
  threads: number,
  progress: (part: number) => void,
): Promise<Float32Array> {
  const count = Math.max(1, Math.min(threads, layers.length));
  const done = new Array<number>(count).fill(0);
  const values = rays(plan.fan) * (plan.fan.slabs - plan.fan.firstDoseSlab);
  const doses = await Promise.all(
    done.map(async (_, thread) => {
      const share = layers.filter((__, index) => index % count === thread);
      const doseGy = new Float32Array(new SharedArrayBuffer(values * Float32Array.BYTES_PER_ELEMENT));
      await inThread({ plan, doseGrid, depthMm, doseGy, layers: share }, (part) => {
        done[thread] = part;
        progress(done.reduce((sum, one) => sum + one, 0) / count);
      });
      return doseGy;
    }),
  );
  const [total, ...others] = doses as [Float32Array, ...Float32Array[]];
  for (const other of others) addTo(total, other);
  return total;
}

function addTo(total: Float32Array, other: Float32Array): void {
  for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (other[i] as number);
}

function inThread(task: LayerDoseTask, progress: (done: LayerDoseProgress) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./layer-dose.worker.js', import.meta.url), { workerData: task });
    worker.on('message', progress);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(bug('engine.thread', `a thread of the calculation ended with code ${String(code)}`));
    });
  });
}
