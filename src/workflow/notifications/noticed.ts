import { LASTING, toldBy, wants, type ChannelRule, type Lasting, type Occurrence } from '../../domain/notification.js';
import type { EpochMs } from '../../domain/time.js';
import type { NewNotice } from '../../ports/notice-store.js';
import type { Troubles } from './troubles.js';

/** One for each channel that is to hear of it. @param key the same whenever the same occurrence is seen again */
export function noticesFor(
  rules: readonly ChannelRule[],
  key: string,
  occurrence: Occurrence,
  now: EpochMs,
): readonly NewNotice[] {
  return rules
    .filter((rule) => wants(rule, occurrence))
    .map((rule) => ({
      channel: rule.name,
      key,
      occurrence: toldBy(rule, occurrence),
      createdAt: now,
      notBefore: now + (isEnd(occurrence) ? 0 : rule.onlyAfterMinutes) * 60_000,
    }));
}

/** Whether a notice is still worth being told after its delay is asked of these, not of good news. */
export const isEnd = ({ kind }: Occurrence): boolean =>
  kind.endsWith('-back') || kind === 'completed' || kind === 'test';

export interface TroubleChange {
  readonly began: readonly Lasting[];
  readonly ended: readonly Lasting[];
}

/** What began and what is over since it was last written down. */
export function troubleChange(before: readonly Lasting[], { now, unknown }: Troubles): TroubleChange {
  const known = new Set(before.map(({ key }) => key));
  const present = new Set(now.map(({ key }) => key));
  return {
    began: now.filter(({ key }) => !known.has(key)),
    ended: before.filter(({ key, occurrence }) => !present.has(key) && !unknown.includes(occurrence.kind)),
  };
}

/** What is told of the end of something; null: nothing. */
export function endOf({ occurrence }: Lasting, at: EpochMs): Occurrence | null {
  const kind = LASTING[occurrence.kind];
  if (kind === null) return null;
  return { ...occurrence, kind, at, words: OVER[kind], code: null, remedy: null };
}

const OVER = {
  'share-back': 'is there again',
  'gpu-back': 'is in service again, or no longer asked for',
  'disk-back': 'has room again',
  'target-back': 'is working again',
} as const;
