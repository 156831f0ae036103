import type { Notice, Occurrence } from '../../domain/notification.js';
import type { NotificationMessage } from '../../ports/notification-channel.js';

/** Lines of a message at most; what is more is counted. */
const MOST_LINES = 50;

export interface MessagePart {
  readonly id: string;
  /** Template: `{summary}`, `{count}`, `{codes}`. */
  readonly subject: string;
  readonly occurrences: readonly Occurrence[];
}

/** The same occurrences give the same message, to the letter. */
export function messageOf({ id, subject, occurrences }: MessagePart): NotificationMessage {
  const codes = [...new Set(occurrences.map(({ code }) => code).filter((code) => code !== null))];
  const values: Readonly<Record<string, string>> = {
    summary: summary(occurrences),
    count: String(occurrences.length),
    codes: codes.join(', '),
  };
  const rest = occurrences.length - MOST_LINES;
  const lines = occurrences.slice(0, MOST_LINES).map(paragraph);
  if (rest > 0) lines.push(`and ${String(rest)} more: see mqi cases or the live page`);
  return {
    id,
    subject: subject.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
    text: `${lines.join('\n\n')}\n`,
    occurrences,
  };
}

/** Of the notices of one message, oldest first. */
export const noticesMessage = (id: string, subject: string, notices: readonly Notice[]): NotificationMessage =>
  messageOf({ id, subject, occurrences: notices.map(({ occurrence }) => occurrence) });

/** One: what happened. Several: how many of each kind. */
function summary(occurrences: readonly Occurrence[]): string {
  const [only] = occurrences;
  if (only !== undefined && occurrences.length === 1) return `${only.subject} ${SHORT[only.kind]}`;
  const counts = new Map<Occurrence['kind'], number>();
  for (const { kind } of occurrences) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${String(count)} ${kind}`).join(', ');
}

const SHORT: Readonly<Record<Occurrence['kind'], string>> = {
  failed: 'failed',
  rejected: 'was rejected',
  held: 'is held',
  completed: 'is completed',
  'no-progress': 'makes no progress',
  'share-lost': 'is lost',
  'share-back': 'is back',
  'gpu-lost': 'is out of service',
  'gpu-back': 'is back in service',
  'disk-low': 'is short of space',
  'disk-back': 'has space again',
  'target-down': 'is down',
  'target-back': 'is working again',
  test: 'works',
};

function paragraph({ at, subject, words, folder, run, code, remedy }: Occurrence): string {
  const head = `${new Date(at).toISOString().slice(0, 19)}Z  ${subject} ${words}`;
  const facts = [
    ...(folder === null ? [] : [`folder: ${folder}`]),
    ...(run === null || run === 1 ? [] : [`run: ${String(run)}`]),
    ...(code === null ? [] : [`code: ${code}`]),
    ...(remedy === null ? [] : [`what to do: ${remedy}`]),
  ];
  return [head, ...facts.map((fact) => `    ${fact}`)].join('\n');
}
