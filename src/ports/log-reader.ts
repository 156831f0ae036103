import { Token } from 'typedi';

/** A log: the service's, a case's, what an engine printed in one attempt of a beam, or a site's own interpreter in a run. */
export type LogSource =
  | { readonly kind: 'service' }
  | { readonly kind: 'case'; readonly caseId: string }
  | {
      readonly kind: 'engine';
      readonly caseId: string;
      readonly run: number;
      readonly beamNumber: number;
      readonly attempt: number;
    }
  | { readonly kind: 'interpreter'; readonly caseId: string; readonly run: number };

/** Some lines of a log and where the next ones are. */
export interface LogPart {
  readonly lines: readonly string[];
  /** Given to the next `part`; only the reader knows what it means. Null while there is no such log. */
  readonly next: string | null;
  /** There is more already. */
  readonly more: boolean;
}

/** Reads logs while others write them; files put aside by rotation count as part of their log. */
export interface LogReader {
  /** The last lines, oldest first, without line ends; empty where there is no such log (yet). */
  tail(source: LogSource, lines: number): Promise<readonly string[]>;
  /**
   * The last `lines` lines, then each further one as it comes, across rotations, none twice and none left out. Waits for
   * a log that does not exist yet. Ends, without an error, when the signal aborts.
   */
  follow(source: LogSource, lines: number, signal: AbortSignal): AsyncIterable<string>;
  /**
   * The whole lines after a place, at most a block of 64 KiB, across rotations, none twice and none left out; a line longer than a
   * block in pieces. For those who ask again and again rather than wait.
   * @param after null: the last lines, as many as a block holds. A place that was rotated away goes on with the newest file.
   */
  part(source: LogSource, after: string | null): Promise<LogPart>;
}
export const LogReader = new Token<LogReader>('LogReader');
