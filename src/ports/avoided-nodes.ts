import { Token } from 'typedi';
import type { AvoidedNode } from '../domain/avoided-node.js';

/** Nodes of clusters that failed lately (table `avoided_nodes`). Written by the service alone; they outlive it. */
export interface AvoidedNodes {
  /** Those of this host's cluster, also such whose time is over, by name. */
  of(host: string): Promise<readonly AvoidedNode[]>;
  /** In place of what was known of the node. */
  avoid(avoided: AvoidedNode): Promise<void>;
  /** All nodes of this host's cluster may be used again. */
  forget(host: string): Promise<void>;
}
export const AvoidedNodes = new Token<AvoidedNodes>('AvoidedNodes');
