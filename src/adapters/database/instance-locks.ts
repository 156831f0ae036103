import type { InstanceLock, LockHolder } from '../../ports/instance-lock.js';

/**
 * Several locks as one: all or none. They are tried in the order given, and none is waited for while another is held, so
 * two services that want the same ones never wait for each other.
 */
export class InstanceLocks implements InstanceLock {
  constructor(private readonly locks: readonly InstanceLock[]) {}

  async acquire(): Promise<void> {
    const taken: InstanceLock[] = [];
    try {
      for (const lock of this.locks) {
        await lock.acquire();
        taken.push(lock);
      }
    } catch (thrown) {
      for (const lock of taken.reverse()) await lock.release();
      throw thrown;
    }
  }

  async release(): Promise<void> {
    for (const lock of [...this.locks].reverse()) await lock.release();
  }

  async holder(): Promise<LockHolder | null> {
    for (const lock of this.locks) {
      const holder = await lock.holder();
      if (holder !== null) return holder;
    }
    return null;
  }

  onLost(callback: () => void): void {
    for (const lock of this.locks) lock.onLost(callback);
  }
}
