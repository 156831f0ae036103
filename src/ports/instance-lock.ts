import { Token } from 'typedi';

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/** One service per root. The operating system frees the lock when the process ends, however it ends. */
export interface InstanceLock {
  /** Takes the lock, or throws operator `service.already-running` naming the holder. */
  acquire(): Promise<void>;
  release(): Promise<void>;
  /** Who holds it now; null when it is free. */
  holder(): Promise<LockHolder | null>;
}
export const InstanceLock = new Token<InstanceLock>('InstanceLock');
