import { Token } from 'typedi';

/**
 * Why a client of the web server was cut off: it did not read what it was sent, took too long to send its request, sent too
 * many without waiting for an answer, or came when there were too many connections.
 */
export const CUT_OFFS = ['unread', 'slow-request', 'requests', 'connections'] as const;
export type CutOff = (typeof CUT_OFFS)[number];

/** What a monitoring system scrapes; no label holds an id or anything of a patient, and their values are few. */
export interface Metrics {
  contentType(): string;
  /** As they are now. */
  text(): Promise<string>;
  /** Counts a client of the web server that was cut off. */
  cutOff(why: CutOff): void;
  /** Ends what it watches. */
  close(): void;
}
export const Metrics = new Token<Metrics>('Metrics');
