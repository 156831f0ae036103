import type { MadeDose } from '../../../src/ports/dose-maker.js';
import type { Random } from '../../fuzz/random.js';
import type { Sabotage } from './sabotage.js';
import type { TargetSpec } from './target-spec.js';

/** One harm that can be done to a delivery. */
export interface Choice {
  readonly stage: string;
  readonly fault: string;
  /**
   * True: no more than the line or the program is at fault, so nothing but "try again" may be said. False: the peer says
   * something, or a disk is full, which may need a person or be final.
   */
  readonly mustBeTriedAgain: boolean;
  /** Whether the sender is a process of its own (to be killed, or with a file system that fails it). */
  readonly inProcess: boolean;
  /** Makes ready; `kill` ends the sender's process. The sabotage, if any, is done inside it. */
  readonly arm: (random: Random, kill: () => void) => Sabotage | null;
}

/** A peer of one kind of target, and what can go wrong on the way there. */
export interface FaultPeer {
  readonly kind: string;
  readonly choices: readonly Choice[];
  start(): Promise<void>;
  end(): Promise<void>;
  /** An object as this kind takes it, at that place. */
  dose(path: string, random: Random): MadeDose;
  /** How the service is told to reach the peer, for the choice that was armed. */
  spec(): TargetSpec;
  /** Whether the fault has met the delivery. */
  struck(): boolean;
  /** Ends what is still wrong: disks are emptied, shares are back. */
  heal(): Promise<void>;
  /** Digests of what is there under the object's name or UID. */
  copies(dose: MadeDose): Promise<readonly string[]>;
  /** Digest of the object, as `copies` gives it. */
  digest(dose: MadeDose): string;
}
