import { Token } from 'typedi';

/** What a monitoring system scrapes; no label holds an id or anything of a patient, and their values are few. */
export interface Metrics {
  contentType(): string;
  /** As they are now. */
  text(): Promise<string>;
  /** Ends what it watches. */
  close(): void;
}
export const Metrics = new Token<Metrics>('Metrics');
