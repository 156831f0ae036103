import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ctGrid, sliceSpacing, stackSlices } from '../../src/domain/ct-series.js';
import type { Grid } from '../../src/domain/grid.js';
import type { CtSlice, Inventory } from '../../src/domain/inventory.js';
import type { IonPlan } from '../../src/domain/plan.js';
import type { CaseReader } from '../../src/ports/case-reader.js';

/** Says what it was given; set `inventoryError` or `planError` to have it throw. CT images are files without voxels. */
export class FakeCaseReader implements CaseReader {
  inventoryError: Error | null = null;
  planError: Error | null = null;
  /** What happens to the folder while its headers are read. */
  during: () => void = () => undefined;
  readonly planPaths: string[] = [];
  readonly ctTargets: string[] = [];

  constructor(
    public found: Inventory,
    public read: IonPlan,
  ) {}

  async inventory(_folder: string, signal: AbortSignal): Promise<Inventory> {
    await Promise.resolve();
    signal.throwIfAborted();
    this.during();
    if (this.inventoryError !== null) throw this.inventoryError;
    return this.found;
  }

  plan(file: string): Promise<IonPlan> {
    this.planPaths.push(file);
    return this.planError === null ? Promise.resolve(this.read) : Promise.reject(this.planError);
  }

  async ctImage(_folder: string, slices: readonly CtSlice[], target: string, signal: AbortSignal): Promise<Grid> {
    signal.throwIfAborted();
    this.ctTargets.push(target);
    const stack = stackSlices(slices);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, '');
    return ctGrid(stack, sliceSpacing(stack.offsetsMm).spacingMm ?? 1);
  }
}
