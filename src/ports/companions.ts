import { Token } from 'typedi';

/** Goes along with the service and only reads what it does, to tell others of it. */
export interface Companion {
  /** Until the signal aborts; soon after, for the service waits for it. Never rejects: nobody's case hangs on it. */
  run(signal: AbortSignal): Promise<void>;
}
export const Companions = new Token<readonly Companion[]>('Companions');
