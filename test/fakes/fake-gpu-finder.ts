import type { SeenResource } from '../../src/domain/resource.js';
import type { GpuFinder } from '../../src/ports/gpu-finder.js';
import { aResource } from '../builders/a-resource.js';

/** A machine with these places, or several; by default one GPU. */
export class FakeGpuFinder implements GpuFinder {
  /** Looks at one host, or at all of them at once. */
  looks = 0;
  /** Set: looks fail with this. */
  failure: Error | null = null;
  readonly hosts: readonly string[];

  constructor(public resources: readonly SeenResource[] = [aResource()]) {
    const hosts = new Set(resources.map(({ host }) => host));
    this.hosts = hosts.size === 0 ? ['local'] : [...hosts];
  }

  find(host?: string): Promise<readonly SeenResource[]> {
    this.looks += 1;
    if (this.failure !== null) return Promise.reject(this.failure);
    return Promise.resolve(this.resources.filter((one) => host === undefined || one.host === host));
  }

  /** Changes what the next looks see of one place. */
  change(id: string, change: Partial<SeenResource>): void {
    this.resources = this.resources.map((resource) => (resource.id === id ? { ...resource, ...change } : resource));
  }
}
