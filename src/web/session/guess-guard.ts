import { isIPv6 } from 'node:net';
import type { Clock } from '../../ports/clock.js';

/** Failures that an address has free before it has to wait. */
const FREE = 5;
/** ... and one only where the account is under attack: so many failures from anywhere. */
const ATTACKED = 20;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 900_000;
/** After so long without a guess, failures are forgotten. */
const FORGET_MS = 3_600_000;
const MOST_KEPT = 10_000;

interface Count {
  failures: number;
  lockedUntil: number;
  lastAt: number;
}

/** What became of a guess that was begun. */
interface Begun {
  /** Null: it may be looked at. */
  readonly waitMs: number | null;
  /** True where this guess, if it fails, locks its address out. */
  readonly isLast: boolean;
}

/**
 * Makes guessing slow. Waits are counted by address: after five failures 30 s, twice as long after each further one, 15
 * minutes at most. A wait is not lengthened by asking meanwhile, and while it lasts no guess is looked at, right or wrong.
 *
 * Nobody can lock out somebody else: an account as such is never locked. After twenty failures on it, from wherever, each
 * address has one guess at it instead of five, so a thousand addresses gain little and its owner still gets in with
 * the first right password, from any address which is not the guesser's own.
 *
 * A guess counts as a failure from the moment it begins, so a hundred at once are not looked at before the first has
 * failed. A success takes back what its address failed on that account, and nothing else: an own account gives no fresh
 * guesses at other people's.
 */
export class GuessGuard {
  readonly #addresses = new Map<string, Count>();
  readonly #accounts = new Map<string, Count>();
  readonly #pairs = new Map<string, Count>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  begin(address: string, account: string): Begun {
    const place = placeOf(address);
    const now = this.clock.monotonicMs();
    const ofAddress = this.#count(this.#addresses, place, now);
    if (ofAddress.lockedUntil > now) return { waitMs: ofAddress.lockedUntil - now, isLast: false };
    const ofAccount = this.#count(this.#accounts, account, now);
    const free = ofAccount.failures >= ATTACKED ? 1 : FREE;
    for (const count of [ofAddress, ofAccount, this.#count(this.#pairs, pairOf(place, account), now)]) {
      count.failures += 1;
      count.lastAt = now;
    }
    const over = ofAddress.failures - free;
    if (over >= 0) ofAddress.lockedUntil = now + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** over);
    return { waitMs: null, isLast: over >= 0 };
  }

  succeeded(address: string, account: string): void {
    const place = placeOf(address);
    const now = this.clock.monotonicMs();
    const { failures } = this.#count(this.#pairs, pairOf(place, account), now);
    this.#pairs.delete(pairOf(place, account));
    this.#count(this.#accounts, account, now).failures -= failures;
    const ofAddress = this.#count(this.#addresses, place, now);
    ofAddress.failures = Math.max(0, ofAddress.failures - failures);
    if (ofAddress.failures < FREE) ofAddress.lockedUntil = 0;
  }

  #count(counts: Map<string, Count>, key: string, now: number): Count {
    const known = counts.get(key);
    if (known !== undefined && (now - known.lastAt < FORGET_MS || known.lockedUntil > now)) return known;
    const fresh = { failures: 0, lockedUntil: 0, lastAt: now };
    counts.delete(key);
    counts.set(key, fresh);
    const [oldest] = counts.size > MOST_KEPT ? counts.keys() : [];
    if (oldest !== undefined) counts.delete(oldest);
    return fresh;
  }
}

const pairOf = (place: string, account: string): string => `${place} ${account}`;

/** One who has an IPv6 address has the 2^64 of its network as well. */
function placeOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right]
    .slice(0, 4)
    .map((part) => parseInt(part, 16).toString(16))
    .join(':');
}
