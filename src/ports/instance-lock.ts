import { Token } from 'typedi';

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/**
 * One service per root and per database. The operating system (or the database server) frees the lock when the process
 * ends, however it ends.
 */
export interface InstanceLock {
  /** Takes the lock, or throws operator `service.already-running` naming the holder. */
  acquire(): Promise<void>;
  release(): Promise<void>;
  /** Who holds it now; null when it is free. */
  holder(): Promise<LockHolder | null>;
  /** Calls back when another holds a lock that was ours (the database server restarted): work must end. */
  onLost(callback: () => void): void;
}
export const InstanceLock = new Token<InstanceLock>('InstanceLock');
