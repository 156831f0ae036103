/**
 * When is a dropped folder complete? Nobody tells us that a copy has ended, so a folder is *settled* when nothing in it
 * has changed for the quiet time; with a ready marker configured never without one (docs/adr/0046-ready-markers.md).
 *
 * Two sources say that something changed: events (at once, but a network share delivers none) and walks that find
 * another content (always true, but late). The quiet time counts from the later of the two. A change that a walk finds
 * is dated by the event that announced it, if one did since the walk before; otherwise by the walk.
 * To settle, two walks must agree: one begun after the last change, and one begun a quiet time after it.
 *
 * A marker that came last ends the waiting: then the two walks need be no more than a second apart. It came last when
 * a walk saw content not yet taken and no marker, the next one the marker, and no file is dated later than it. Any other
 * marker (written first, found at the start, left from the content before) says that data may be taken, not that all
 * of it is there: the quiet time decides. A manifest whose files are not all there outweighs it, for ten minutes.
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
  /** Null when there is none, or none is configured. */
  readonly marker: MarkerSeen | null;
}

/** The ready markers of a folder, wherever they lie, as one. */
export interface MarkerSeen {
  /** Names them as they lie there: places, sizes and mtimes. */
  readonly id: string;
  /** True when no file of the content is dated later. Not to be trusted alone: copies may keep the dates of their source. */
  readonly isNewest: boolean;
  /** Files of its manifest that are not there; 0 without a manifest. */
  readonly lacking: number;
  /** False while its text looks as if it were still being written. */
  readonly isWhole: boolean;
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
  /** The marker came after the content that is there. */
  readonly markerIsLast: boolean;
  /** The marker under which the folder was last taken, and the content. */
  readonly obeyedMarker: string | null;
  readonly takenContent: string | null;
}

/** `look` null: nothing to wait for but an event or a sweep. */
export type SettleDecision = { readonly do: 'settle' } | { readonly do: 'look'; readonly at: number | null };

/** The longest that walks need be apart when the marker came last: what most shares take to show a file's true size. */
const AFTER_MARKER_MS = 1_000;
/**
 * How long a folder stands still with files of its manifest missing until it is taken as it is: then the case says which,
 * and `intake.incompleteHours` begins. Copies that stall stall shorter, as a rule; if not, the same run takes up the rest.
 */
export const LACKING_MS = 10 * 60_000;

export function found(at: number): Settling {
  const never = { markerIsLast: false, obeyedMarker: null, takenContent: null } as const;
  return { lastChangeAt: at, eventAt: -Infinity, seen: null, seenAt: at, sameSince: at, ...never };
}

/** Something in the folder was announced to have changed. */
export function changed(settling: Settling, at: number): Settling {
  return { ...settling, eventAt: at, lastChangeAt: Math.max(settling.lastChangeAt, at) };
}

/** A walk begun at `startedAt` saw this. */
export function walked(settling: Settling, seen: Snapshot, startedAt: number): Settling {
  const announced = settling.eventAt >= settling.seenAt;
  const same = settling.seen?.activity === seen.activity && markerOf(settling.seen) === markerOf(seen);
  const unannounced = !same && !announced;
  return {
    ...settling,
    seen,
    seenAt: startedAt,
    markerIsLast: isLast(settling, seen),
    sameSince: same && !announced ? settling.sameSince : startedAt,
    lastChangeAt: unannounced ? Math.max(settling.lastChangeAt, startedAt) : settling.lastChangeAt,
  };
}

/** Whether the marker this walk saw came after the content, by the order in which they were seen. */
function isLast({ seen: before, markerIsLast, obeyedMarker, takenContent }: Settling, seen: Snapshot): boolean {
  if (before === null || seen.marker === null) return false;
  const former = markerOf(before);
  const isNew = former !== seen.marker.id && (former === null || former === obeyedMarker);
  if (isNew) return before.files > 0 && before.fingerprint !== takenContent;
  // The same one, or one that is still being written.
  return markerIsLast && before.files === seen.files && before.bytes === seen.bytes;
}

const markerOf = (seen: Snapshot | null): string | null => seen?.marker?.id ?? null;

/** The folder was taken as it was last seen. */
export function taken(settling: Settling): Settling {
  const { seen } = settling;
  return { ...settling, obeyedMarker: markerOf(seen), takenContent: seen?.fingerprint ?? null };
}

/** Settled, or when to look again. */
export function decide(settling: Settling, rules: SettleRules): SettleDecision {
  const { seen, seenAt, sameSince, lastChangeAt } = settling;
  if (seen === null) return { do: 'look', at: lastChangeAt };
  if (rules.byMarker && seen.marker === null) return { do: 'look', at: null };
  const apartMs = seen.marker === null ? rules.quietMs : apartUnder(seen.marker, settling, rules);
  // Half-way a first walk, so that the one at the end has something to agree with.
  if (sameSince < lastChangeAt) return { do: 'look', at: lastChangeAt + Math.min(apartMs, rules.quietMs) / 2 };
  // A marker alone is no case yet.
  if (seen.marker !== null && seen.files === 0) return { do: 'look', at: null };
  const quietEnds = lastChangeAt + apartMs;
  return seenAt >= quietEnds && sameSince < seenAt ? { do: 'settle' } : { do: 'look', at: quietEnds };
}

/** How long nothing may change until the folder is taken under this marker. */
function apartUnder(
  { lacking, isWhole, isNewest }: MarkerSeen,
  { markerIsLast }: Settling,
  rules: SettleRules,
): number {
  if (lacking > 0) return Math.max(LACKING_MS, rules.quietMs);
  return markerIsLast && isNewest && isWhole ? Math.min(AFTER_MARKER_MS, rules.quietMs) : rules.quietMs;
}
