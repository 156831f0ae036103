import type { DiskSpace } from '../../src/ports/disk-space.js';

/** As much room as the test says. */
export class FakeDiskSpace implements DiskSpace {
  /** Thrown as long as it is set. */
  failure: Error | null = null;

  constructor(public free = 2 ** 40) {}

  freeBytes(): Promise<number> {
    return this.failure === null ? Promise.resolve(this.free) : Promise.reject(this.failure);
  }
}
