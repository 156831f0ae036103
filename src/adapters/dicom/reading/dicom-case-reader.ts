import { join, sep } from 'node:path';
import { Piscina } from 'piscina';
import { CaseError, transient } from '../../../domain/errors.js';
import type { Grid } from '../../../domain/grid.js';
import type { CtSlice, Inventory } from '../../../domain/inventory.js';
import type { IonPlan } from '../../../domain/plan.js';
import type { CaseReader } from '../../../ports/case-reader.js';
import { INLINE_BYTES } from './header-reader.js';
import type { HeaderRead } from './header-reader.js';
import { readInventory } from './inventory-reader.js';
import type { InventoryLimits } from './inventory-reader.js';
import { planSize, readPlanFile } from './plan-reader.js';
import type { Answer, CtImageTask, HeaderTask } from './reading.worker.js';

export interface DicomCaseReaderOptions extends Omit<InventoryLimits, 'readyMarker'> {
  /** Absolute paths of the inboxes, each with the name of its ready marker, which is no content of a case there. */
  readonly inboxes?: readonly { readonly path: string; readonly readyMarker: string | null }[];
  /** Worker threads for CT stacking and large plans; they end when idle. */
  readonly workers?: number;
  /** Plans and headers up to this size are parsed on the calling thread, in a few milliseconds. */
  readonly inlineBytes?: number;
}

const IDLE_MS = 5_000;

/** Reads dropped folders with dicom-parser; long work runs in worker threads. Call `close` when done with it. */
export class DicomCaseReader implements CaseReader {
  #pool: Piscina | null = null;
  readonly #inlineBytes: number;

  constructor(private readonly options: DicomCaseReaderOptions) {
    this.#inlineBytes = options.inlineBytes ?? INLINE_BYTES;
  }

  inventory(folder: string, signal: AbortSignal): Promise<Inventory> {
    const inWorker = (absolute: string, path: string): Promise<HeaderRead> =>
      this.#run<HeaderRead>('header', { absolute, path }, signal);
    const limits = { ...this.options, readyMarker: this.#readyMarkerIn(folder) };
    return readInventory(folder, limits, this.#inlineBytes, inWorker, signal);
  }

  #readyMarkerIn(folder: string): string | null {
    const inbox = this.options.inboxes?.find(({ path }) => folder === path || folder.startsWith(join(path, sep)));
    return inbox?.readyMarker ?? null;
  }

  async plan(file: string): Promise<IonPlan> {
    if ((await planSize(file)) <= this.#inlineBytes) return readPlanFile(file);
    return this.#run<IonPlan>('plan', file);
  }

  ctImage(folder: string, slices: readonly CtSlice[], target: string, signal: AbortSignal): Promise<Grid> {
    return this.#run<Grid>('ctImage', { folder, slices, target }, signal);
  }

  /** Ends the worker threads; the reader may be used again after it. */
  async close(): Promise<void> {
    await this.#pool?.destroy();
    this.#pool = null;
  }

  async #run<R>(name: string, task: string | CtImageTask | HeaderTask, signal?: AbortSignal): Promise<R> {
    this.#pool ??= new Piscina({
      filename: new URL('./reading.worker.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: this.options.workers ?? 1,
      idleTimeout: IDLE_MS,
    });
    const options = { name, ...(signal === undefined ? {} : { signal }) };
    const done = (await this.#pool.run(task, options).catch((cause: unknown) => {
      throw isThreadLost(cause)
        ? transient('intake.thread-lost', 'the thread that reads DICOM could not be started, or ended', { cause })
        : cause;
    })) as Answer<R>;
    if (done.ok) return done.value;
    throw new CaseError(done.severity, done.code, done.message, { remedy: done.remedy });
  }
}

/** No thread or memory to be had now (ERR_WORKER_INIT_FAILED, ERR_WORKER_OUT_OF_MEMORY). */
const isThreadLost = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && String(cause.code).startsWith('ERR_WORKER');
