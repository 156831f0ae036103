import type { Beam } from '../domain/beam.js';
import { placesAndWhy } from './places-and-why.js';
import type { Grant, SlotBook } from './slot-book.js';

/** A beam that waits for a place. */
export interface Waiting {
  readonly beam: Beam;
  readonly caseId: string;
  priority: number;
  readonly createdAt: number;
  /** When it began to wait, monotonic. */
  readonly sinceMs: number;
  /** How long its job is expected to run; null where nothing is known. */
  readonly expectedMs: number | null;
  /** Told while nobody waits before it, with the host that it will most likely get a place of; null: none at all. */
  readonly isNext: ((host: string | null) => void) | undefined;
  /** False when it does not wait any more. */
  grant(grant: Grant): boolean;
}

/** So many places are given by rank; the next goes to whoever was neglected longest. */
const NEGLECTED_EVERY = 8;
/** Nobody counts as neglected before. */
const NEGLECTED_AFTER_MS = 15 * 60_000;

/**
 * Beams in the order in which they get places (docs/adr/0086): the highest priority first, then the oldest case, then the
 * longest beam, then the lowest number. So that a case of low priority does not starve under a stream of urgent ones, every
 * eighth place goes to the case that has waited longest since it last got one, if that is 15 minutes or more.
 */
export class SlotQueue {
  #waiting: Waiting[] = [];
  #sinceNeglected = 0;
  /** When a case last got a place, monotonic. */
  readonly #servedMs = new Map<string, number>();

  get length(): number {
    return this.#waiting.length;
  }

  /** Waits for a place. Aborting takes it out of the queue and rejects with the signal's reason. */
  join(entry: Omit<Waiting, 'grant'>, signal: AbortSignal): Promise<Grant> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.remove(waiting);
        reject(signal.reason as Error);
      };
      const grant = (place: Grant): boolean => {
        signal.removeEventListener('abort', leave);
        resolve(place);
        return !signal.aborted;
      };
      const waiting: Waiting = { ...entry, grant };
      if (signal.aborted) {
        leave();
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      this.add(waiting);
    });
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#waiting.sort(inOrder);
  }

  remove(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
  }

  /** Who is next; it stays in the queue. */
  next(nowMs: number): Waiting | undefined {
    return this.#neglected(nowMs) ?? this.#waiting[0];
  }

  /** It got a place. */
  served(waiting: Waiting, nowMs: number): void {
    this.#sinceNeglected = this.#neglected(nowMs) === waiting ? 0 : this.#sinceNeglected + 1;
    this.#servedMs.set(waiting.caseId, nowMs);
    this.remove(waiting);
  }

  prioritise(caseId: string, priority: number): void {
    for (const waiting of this.#waiting) if (waiting.caseId === caseId) waiting.priority = priority;
    this.#waiting.sort(inOrder);
  }

  /** The step of this case has ended. */
  forget(caseId: string): void {
    this.#servedMs.delete(caseId);
  }

  /** Beams of a case that wait, first to get a place first, and how many of any case come before them. */
  of(caseId: string): { readonly own: readonly Waiting[]; readonly ahead: number } {
    const own = this.#waiting.filter((waiting) => waiting.caseId === caseId);
    const [first] = own;
    return { own, ahead: first === undefined ? 0 : this.#waiting.indexOf(first) };
  }

  #neglected(nowMs: number): Waiting | undefined {
    if (this.#sinceNeglected < NEGLECTED_EVERY - 1) return undefined;
    const waitsFromMs = ({ caseId, sinceMs }: Waiting): number => Math.max(sinceMs, this.#servedMs.get(caseId) ?? 0);
    return this.#waiting
      .filter((waiting) => nowMs - waitsFromMs(waiting) >= NEGLECTED_AFTER_MS)
      .reduce<Waiting | undefined>(
        (longest, one) => (longest === undefined || waitsFromMs(one) < waitsFromMs(longest) ? one : longest),
        undefined,
      );
  }
}

function inOrder(a: Waiting, b: Waiting): number {
  return (
    b.priority - a.priority ||
    a.createdAt - b.createdAt ||
    a.caseId.localeCompare(b.caseId) ||
    (b.expectedMs ?? 0) - (a.expectedMs ?? 0) ||
    a.beam.beamNumber - b.beam.beamNumber
  );
}

/** Why the beams of a case wait, in words; null when none does. */
export function waitingWords({ own, ahead }: ReturnType<SlotQueue['of']>, book: SlotBook): string | null {
  const [first] = own;
  if (first === undefined) return null;
  const who = own.length === 1 ? `beam ${String(first.beam.beamNumber)} waits` : `${String(own.length)} beams wait`;
  const before = ahead === 0 ? 'next in line' : `${String(ahead)} before it`;
  const blocked = book.unheld.flatMap((one) => {
    const why = book.whyNotFree(one);
    return why === null ? [] : [{ place: one.uuid ?? one.id, why }];
  });
  const places = `${who} for one of ${String(book.resources.length)} places to calculate on; ${before}`;
  return blocked.length === 0 ? places : `${places}; not to be had: ${placesAndWhy(blocked)}`;
}
