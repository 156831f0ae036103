import { Token } from 'typedi';
import type { SeenResource } from '../domain/resource.js';

/** Looks for the places that can run jobs on the hosts at hand. */
export interface GpuFinder {
  /**
   * GPUs with their state and who computes on them; on a host without GPU, CPU places: one for each two cores, at least
   * one. Never two looks at a time. Throws transient `gpu.unreadable` where there are GPUs but their tool fails, does not
   * answer or answers what cannot be understood: then nothing is known of them, in particular not that they are free.
   */
  find(): Promise<readonly SeenResource[]>;
}
export const GpuFinder = new Token<GpuFinder>('GpuFinder');
