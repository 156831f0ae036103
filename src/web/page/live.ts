import { signal } from '@preact/signals';
import { ask } from './api.js';

/*
 * Events from the service. The stream is read by fetch, because EventSource neither says when a heartbeat came nor why it
 * failed. One stream at a time: `follow` starts the next only when the last has ended. A stream that says nothing, not even
 * a heartbeat (every 3 s), for SILENT_MS counts as dead: the page says so, drops it and connects anew.
 */

export type Connection = 'connecting' | 'live' | 'silent' | 'gone';

const SILENT_MS = 8000;
const RECONNECT_MS = 1000;

export const connection = signal<Connection>('connecting');
/** When the service was last heard (epoch ms); null before it was. */
export const lastHeardAt = signal<number | null>(null);

type Listener = (caseIds: readonly string[]) => void;
const listeners = new Set<Listener>();

/** Calls back when cases or folders changed, and with no ids after a reconnect: what was missed is not known. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

let following: AbortController | null = null;

/** Follows until `unfollow`; a second call does nothing. */
export function follow(): void {
  if (following !== null) return;
  following = new AbortController();
  void followOn(following.signal);
}

export function unfollow(): void {
  following?.abort();
  following = null;
}

async function followOn(stop: AbortSignal): Promise<void> {
  for (;;) {
    const ended = await listenOnce(stop);
    if (stop.aborted) return;
    connection.value = ended;
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

/** Reads one stream to its end; what is to be said of the connection then. */
async function listenOnce(stop: AbortSignal): Promise<Connection> {
  const silence = new AbortController();
  let timer = 0;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      silence.abort();
    }, SILENT_MS);
  };
  heard();
  try {
    const { body } = await ask('/api/events', { signal: AbortSignal.any([stop, silence.signal]) });
    if (body === null) return 'gone';
    await readEvents(body, heard);
    return 'gone';
  } catch {
    // Why it failed shows in the connection's state; the next try tells more.
    return silence.signal.aborted ? 'silent' : 'gone';
  } finally {
    clearTimeout(timer);
  }
}

async function readEvents(body: ReadableStream<Uint8Array>, heard: () => void): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    heard();
    lastHeardAt.value = Date.now();
    connection.value = 'live';
    const blocks = (rest + part.value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) take(block);
  }
}

function take(block: string): void {
  const event = /^event: (.*)$/m.exec(block)?.[1];
  const content = /^data: (.*)$/m.exec(block)?.[1] ?? '{}';
  if (event === 'hello') tell([]);
  if (event === 'change') tell((JSON.parse(content) as { readonly cases: readonly string[] }).cases);
}

function tell(caseIds: readonly string[]): void {
  for (const listener of [...listeners]) listener(caseIds);
}
