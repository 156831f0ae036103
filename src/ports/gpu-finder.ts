import { Token } from 'typedi';
import type { Resource } from '../domain/resource.js';

/** Finds the places that can run jobs on this machine. No GPU: CPU places, one for each two cores, at least one. */
export interface GpuFinder {
  find(): Promise<readonly Resource[]>;
}
export const GpuFinder = new Token<GpuFinder>('GpuFinder');
