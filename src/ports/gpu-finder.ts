import { Token } from 'typedi';
import type { SeenResource } from '../domain/resource.js';

/** Looks for the places of one host that can run jobs. */
export interface HostPlaces {
  /**
   * GPUs with their state and who computes on them; on a host without GPU, CPU places: one for each two cores, at least
   * one. Never two looks at a time. Throws transient `gpu.unreadable` where there are GPUs but their tool fails, does not
   * answer or answers what cannot be understood: then nothing is known of them, in particular not that they are free.
   */
  find(): Promise<readonly SeenResource[]>;
}

/** Looks for the places that can run jobs on the hosts at hand. */
export interface GpuFinder {
  /** The names of all hosts that can be looked at. */
  readonly hosts: readonly string[];
  /** The places of one host, or of all; as for one host, where no other waits for it. */
  find(host?: string): Promise<readonly SeenResource[]>;
}
export const GpuFinder = new Token<GpuFinder>('GpuFinder');
