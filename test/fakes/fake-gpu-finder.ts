import type { SeenResource } from '../../src/domain/resource.js';
import type { GpuFinder } from '../../src/ports/gpu-finder.js';
import { aResource } from '../builders/a-resource.js';

/** A machine with these places; by default one GPU. */
export class FakeGpuFinder implements GpuFinder {
  looks = 0;
  /** Set: looks fail with this. */
  failure: Error | null = null;

  constructor(public resources: readonly SeenResource[] = [aResource()]) {}

  find(): Promise<readonly SeenResource[]> {
    this.looks += 1;
    return this.failure === null ? Promise.resolve(this.resources) : Promise.reject(this.failure);
  }

  /** Changes what the next looks see of one place. */
  change(id: string, change: Partial<SeenResource>): void {
    this.resources = this.resources.map((resource) => (resource.id === id ? { ...resource, ...change } : resource));
  }
}
