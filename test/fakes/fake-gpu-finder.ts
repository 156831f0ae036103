import type { Resource } from '../../src/domain/resource.js';
import type { GpuFinder } from '../../src/ports/gpu-finder.js';
import { aResource } from '../builders/a-resource.js';

/** A machine with these places; by default one GPU. */
export class FakeGpuFinder implements GpuFinder {
  looks = 0;

  constructor(public resources: readonly Resource[] = [aResource()]) {}

  find(): Promise<readonly Resource[]> {
    this.looks += 1;
    return Promise.resolve(this.resources);
  }
}
