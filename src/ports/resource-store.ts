import { Token } from 'typedi';
import type { Resource } from '../domain/resource.js';

/** GPUs and CPU places as last seen (table `gpu_resources`); a beam points at the one it runs on. */
export interface ResourceStore {
  /** Inserts or refreshes these and removes those of `host` that are not among them and hold no submitted beam. */
  sync(host: string, resources: readonly Resource[]): Promise<void>;
  all(): Promise<readonly Resource[]>;
}
export const ResourceStore = new Token<ResourceStore>('ResourceStore');
