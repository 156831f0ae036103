import { Token } from 'typedi';
import type { JudgedResource, Lease, Resource } from '../domain/resource.js';

/** GPUs and CPU places as last seen (table `gpu_resources`); a beam points at the one it runs on. */
export interface ResourceStore {
  /**
   * Inserts or refreshes these, their leases left as they are, and removes those of `host` that are not among them, have no
   * lease and hold no submitted beam.
   */
  sync(host: string, resources: readonly JudgedResource[]): Promise<void>;
  all(): Promise<readonly Resource[]>;
  /** Gives all of these to one attempt of a beam, or none of them and false: one is another service's, or unknown. */
  lease(ids: readonly string[], lease: Lease): Promise<boolean>;
  /** Ends the leases of these, as far as this beam has them. */
  release(ids: readonly string[], beamId: string): Promise<void>;
  /** Ends the leases of every service but this one. Only for the holder of the instance lock: the others are dead. */
  releaseOthers(owner: string): Promise<void>;
}
export const ResourceStore = new Token<ResourceStore>('ResourceStore');
