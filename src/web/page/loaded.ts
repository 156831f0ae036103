import { signal, type ReadonlySignal } from '@preact/signals';
import { wordsOf } from './api.js';

/** Something that is read from the service, and read again when it may have changed. */
export interface Loaded<T> {
  readonly value: ReadonlySignal<T | null>;
  /** Why the last reading failed, in words; what was read before stays. */
  readonly problem: ReadonlySignal<string | null>;
  /** Reads it; while a reading is under way, one more follows it, however often this is called. */
  reload(): Promise<void>;
}

/**
 * One reading at a time, so an older answer never replaces a newer one: whoever asks meanwhile is served by one more
 * reading after it.
 */
export function loaded<T>(read: () => Promise<T>): Loaded<T> {
  const value = signal<T | null>(null);
  const problem = signal<string | null>(null);
  let running: Promise<void> | null = null;
  let again = false;
  const isAsked = (): boolean => again;
  const readOnce = async (): Promise<void> => {
    again = false;
    try {
      value.value = await read();
      problem.value = null;
    } catch (thrown) {
      problem.value = wordsOf(thrown);
    }
  };
  const readOn = async (): Promise<void> => {
    await readOnce();
    if (isAsked()) await readOn();
  };
  return {
    value,
    problem,
    reload: () => {
      if (running !== null) {
        again = true;
        return running;
      }
      running = readOn().finally(() => {
        running = null;
      });
      return running;
    },
  };
}
