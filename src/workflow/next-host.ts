import type { WatchedResource } from '../domain/gpu-rules.js';
import type { HandOver } from './hand-over.js';
import type { Grant } from './slot-book.js';

interface Held extends Pick<Grant, 'leaving' | 'expectedEndMs'> {
  readonly slot: Pick<Grant['slot'], 'host'>;
}

/** Of a SlotBook. */
interface Places {
  /** In the order in which they were given. */
  readonly grants: readonly Held[];
  readonly unheld: readonly Pick<WatchedResource, 'host' | 'outOfService'>[];
  readonly resources: readonly Pick<WatchedResource, 'host' | 'away'>[];
}

/**
 * The host of the place that most likely becomes free first: one that is being given back, then by what jobs are expected to
 * take, then the one given longest ago. Where no job of ours runs, the first place that waits for somebody else. Not one of
 * a host that is away. Null where there is none, or while a job is yet to be started there: that one goes first, on the line
 * to that host too. A guess: what is done by it is only done early, or in vain.
 */
export function nextHost({ grants, unheld, resources }: Places, starts: Pick<HandOver, 'isStarting'>): string | null {
  const away = new Set(resources.flatMap((one) => (one.away === undefined ? [] : one.host)));
  const [held] = grants.filter(({ slot }) => !away.has(slot.host)).sort((a, b) => rank(a) - rank(b)); // stable
  const others = (): string | undefined => unheld.find((one) => one.outOfService === null && !away.has(one.host))?.host;
  const host = held?.slot.host ?? others() ?? null;
  return host === null || starts.isStarting(host) ? null : host;
}

const rank = ({ leaving, expectedEndMs }: Held): number =>
  leaving === null ? (expectedEndMs ?? Number.MAX_VALUE) : -Number.MAX_VALUE;
