import type { TraceExporter, TraceSpan } from '../../src/ports/trace-exporter.js';

/** Keeps the spans it was sent. */
export class FakeTraceExporter implements TraceExporter {
  readonly spans: TraceSpan[] = [];
  /** Thrown as long as it is set. */
  failure: Error | null = null;
  closed = false;

  send(spans: readonly TraceSpan[]): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.spans.push(...spans);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
