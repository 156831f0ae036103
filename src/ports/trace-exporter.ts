import { Token } from 'typedi';
import type { EpochMs } from '../domain/time.js';

/** A stretch of work on a run. The same work has the same ids whenever and by whichever process it is told. */
export interface TraceSpan {
  /** 32 hex digits: of the run. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** Null for the run itself. */
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  /** Code of the failure it ended with; null when it did not fail. */
  readonly failure: string | null;
  /** Ids, numbers and codes; no text of a plan, a folder or a person. */
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** Where traces go. */
export interface TraceExporter {
  /** Rejects when they were not taken. Ends by itself after a time of its own. */
  send(spans: readonly TraceSpan[]): Promise<void>;
  close(): Promise<void>;
}
/** Null where none is configured: then nothing of it is loaded. */
export const TraceExporter = new Token<TraceExporter | null>('TraceExporter');
