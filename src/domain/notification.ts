import type { EpochMs } from './time.js';

/** What people can be told of. */
export const NOTIFIED_KINDS = [
  'failed',
  'rejected',
  'held',
  'completed',
  'no-progress',
  'share-lost',
  'share-back',
  'gpu-lost',
  'gpu-back',
  'disk-low',
  'disk-back',
  'target-down',
  'target-back',
] as const;
export type NotifiedKind = (typeof NOTIFIED_KINDS)[number];

/** Kinds that say that something lasts, each with the kind that says that it is over; null: nobody is told of that. */
export const LASTING = {
  'no-progress': null,
  'share-lost': 'share-back',
  'gpu-lost': 'gpu-back',
  'disk-low': 'disk-back',
  'target-down': 'target-back',
} as const satisfies Partial<Record<NotifiedKind, NotifiedKind | null>>;
export type LastingKind = keyof typeof LASTING;

/** Something that people are told of. No text of it comes from a plan, a folder or a person, `folder` apart. */
export interface Occurrence {
  readonly kind: NotifiedKind | 'test';
  readonly at: EpochMs;
  /** What it happened to: `case c0000012`, `GPU local/GPU-1`, `upload target pacs`. */
  readonly subject: string;
  /** What happened, in words of ours. */
  readonly words: string;
  /** Of the failure, where there is one. */
  readonly code: string | null;
  readonly remedy: string | null;
  readonly caseId: string | null;
  readonly run: number | null;
  /** Inbox the case came by, '' for the first one; null where it is about no case. */
  readonly inbox: string | null;
  /** Treatment machines of the case's beams; none where they are not known, or it is about no case. */
  readonly machines: readonly string[];
  /** Name of the case's folder, which may name a patient: taken away before it reaches a channel that may not tell it. */
  readonly folder: string | null;
}

/** Something that lasts: it is told of once when it begins, and once when it ends. */
export interface Lasting {
  /** One for each thing that lasts: `gpu-lost local/GPU-1`. */
  readonly key: string;
  readonly since: EpochMs;
  /** As told at its beginning. */
  readonly occurrence: Occurrence & { readonly kind: LastingKind };
}

export const NOTICE_STATES = ['waiting', 'sent', 'dropped', 'given-up'] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];

/** One occurrence on its way to one channel (table `notices`). */
export interface Notice {
  readonly id: number;
  readonly channel: string;
  /** The same occurrence has the same key however often it is seen; unique with the channel. */
  readonly key: string;
  readonly occurrence: Occurrence;
  readonly createdAt: EpochMs;
  /** Not to be sent before. */
  readonly notBefore: EpochMs;
  readonly state: NoticeState;
  /** The message it is part of, once that was put together: it stays the same however often it is sent. */
  readonly message: string | null;
  /** Of the message. */
  readonly attempts: number;
  /** Code of the last failure to send it. */
  readonly failure: string | null;
  /** When it was sent, dropped or given up. */
  readonly endedAt: EpochMs | null;
}

/** What a channel is told by the configuration. A channel is a rule: who hears of what, when, and how often. */
export interface ChannelRule {
  readonly name: string;
  readonly events: readonly NotifiedKind[];
  /** Only cases of these inboxes; null: of all. What is about no case is told in any event. */
  readonly inboxes: readonly string[] | null;
  /** Only cases of these treatment machines; null: of all. A case whose machines are not known is told. */
  readonly machines: readonly string[] | null;
  /** Told only if it still stands after so long. */
  readonly onlyAfterMinutes: number;
  /** Collected for so long, then told in one message. */
  readonly digestMinutes: number;
  /** Messages; what is more waits and is told in one. */
  readonly maxPerHour: number;
  readonly includeFolderNames: boolean;
  /** Template of the first line: `{summary}`, `{count}`, `{codes}`. */
  readonly subject: string;
}

/** Whether the channel is to hear of it. */
export function wants(rule: ChannelRule, { kind, inbox, machines }: Occurrence): boolean {
  if (kind === 'test') return true;
  if (!rule.events.includes(kind)) return false;
  if (inbox === null) return true;
  if (rule.inboxes !== null && !rule.inboxes.includes(inbox)) return false;
  return rule.machines === null || machines.length === 0 || machines.some((name) => rule.machines?.includes(name));
}

/** As the channel may tell it. */
export const toldBy = ({ includeFolderNames }: ChannelRule, occurrence: Occurrence): Occurrence =>
  includeFolderNames ? occurrence : { ...occurrence, folder: null };
