import { isOnNetworkShare } from './network-share.js';

export interface WatchMode {
  readonly mode: 'events' | 'poll';
  readonly because: string;
}

/** How an inbox is watched, and why. Throws what the system says when it is not there. */
export async function watchMode(inbox: string, watch: 'auto' | 'events' | 'poll'): Promise<WatchMode> {
  if (watch !== 'auto') return { mode: watch, because: `intake.watch is ${watch}` };
  return (await isOnNetworkShare(inbox))
    ? { mode: 'poll', because: 'the inbox is a network share, where events are not reliable' }
    : { mode: 'events', because: 'the inbox is on a local disk' };
}
