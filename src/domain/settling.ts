/**
 * When is a dropped folder complete? Nobody tells us that a copy has ended, so a folder is *settled* when nothing in it
 * has changed for the quiet time, or as soon as its ready marker is there (then the marker is the only signal).
 *
 * Two sources say that something changed: events (at once, but a network share delivers none) and walks that find
 * another content (always true, but late). The quiet time counts from the later of the two. A change that a walk finds
 * is dated by the event that announced it, if one did since the walk before; otherwise by the walk.
 * To settle, two walks must agree: one begun after the last change, and one begun a quiet time after it.
 *
 * A marker signals once. If the content changes while a marker that was already obeyed still lies there (a copy started
 * again, a slice added by hand), the quiet time decides, so that half of the new copy is not taken.
 *
 * Times are monotonic milliseconds: no clock change moves them.
 */
export interface SettleRules {
  readonly quietMs: number;
  /** True when a ready marker is configured. */
  readonly byMarker: boolean;
}

/** What one walk saw. */
export interface Snapshot {
  /** Digest of path, size and mtime of every file that counts. */
  readonly fingerprint: string;
  /** Digest that also holds the half-copied files, which are no content yet but show that a copy goes on. */
  readonly activity: string;
  readonly files: number;
  readonly bytes: number;
  /** Names the ready marker as it lies there (its mtime); null when there is none or none is configured. */
  readonly marker: string | null;
}

export interface Settling {
  readonly lastChangeAt: number;
  /** Of the last event; -Infinity before the first. */
  readonly eventAt: number;
  /** The last walk, null before the first, and when it began: before the first, when the folder was found. */
  readonly seen: Snapshot | null;
  readonly seenAt: number;
  /** When the first of the unbroken row of equal walks began. */
  readonly sameSince: number;
  /** The marker under which the folder was last taken. */
  readonly obeyedMarker: string | null;
}

/** `look` null: nothing to wait for but an event or a sweep. */
export type SettleDecision = { readonly do: 'settle' } | { readonly do: 'look'; readonly at: number | null };

export function found(at: number): Settling {
  return { lastChangeAt: at, eventAt: -Infinity, seen: null, seenAt: at, sameSince: at, obeyedMarker: null };
}

/** Something in the folder was announced to have changed. */
export function changed(settling: Settling, at: number): Settling {
  return { ...settling, eventAt: at, lastChangeAt: Math.max(settling.lastChangeAt, at) };
}

/** A walk begun at `startedAt` saw this. */
export function walked(settling: Settling, seen: Snapshot, startedAt: number): Settling {
  const announced = settling.eventAt >= settling.seenAt;
  const same = settling.seen?.activity === seen.activity;
  const unannounced = !same && !announced;
  return {
    ...settling,
    seen,
    seenAt: startedAt,
    sameSince: same && !announced ? settling.sameSince : startedAt,
    lastChangeAt: unannounced ? Math.max(settling.lastChangeAt, startedAt) : settling.lastChangeAt,
  };
}

/** The folder was taken as it was last seen. */
export function taken(settling: Settling): Settling {
  return { ...settling, obeyedMarker: settling.seen?.marker ?? null };
}

/** Settled, or when to look again. */
export function decide(settling: Settling, rules: SettleRules): SettleDecision {
  const { seen, seenAt, sameSince, lastChangeAt } = settling;
  if (seen === null) return { do: 'look', at: lastChangeAt };
  if (rules.byMarker && seen.marker === null) return { do: 'look', at: null };
  if (rules.byMarker && seen.marker !== settling.obeyedMarker) return { do: 'settle' };
  // Half-way a first walk, so that the one at the end has something to agree with.
  if (sameSince < lastChangeAt) return { do: 'look', at: lastChangeAt + rules.quietMs / 2 };
  const quietEnds = lastChangeAt + rules.quietMs;
  return seenAt >= quietEnds && sameSince < seenAt ? { do: 'settle' } : { do: 'look', at: quietEnds };
}
