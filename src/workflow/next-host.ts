import type { Grant } from './slot-book.js';

interface Held extends Pick<Grant, 'leaving' | 'expectedEndMs'> {
  readonly slot: Pick<Grant['slot'], 'host'>;
}

/** Of a SlotBook. */
interface Places {
  /** In the order in which they were given. */
  readonly grants: readonly Held[];
  readonly unheld: readonly { readonly host: string }[];
}

/**
 * The host of the place that most likely becomes free first: one that is being given back, then by what jobs are expected to
 * take, then the one given longest ago. Where no job of ours runs, the first place that waits for somebody else; null where
 * there is none. A guess: what is done by it is only done early, or in vain.
 */
export function nextHost({ grants, unheld }: Places): string | null {
  const [first] = [...grants].sort((a, b) => rank(a) - rank(b)); // stable
  return first?.slot.host ?? unheld[0]?.host ?? null;
}

const rank = ({ leaving, expectedEndMs }: Held): number =>
  leaving === null ? (expectedEndMs ?? Number.MAX_VALUE) : -Number.MAX_VALUE;
