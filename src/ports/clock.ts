import { Token } from 'typedi';
import type { EpochMs } from '../domain/time.js';

/** Time, so that tests can hold it. Durations come from `monotonicMs`, which no clock change moves. */
export interface Clock {
  now(): EpochMs;
  /** Of the machine: on it goes while no process of ours runs, and begins anew when the machine does. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. Does not keep the process alive alone. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
export const Clock = new Token<Clock>('Clock');
