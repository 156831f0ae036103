import type { CutOff, Metrics } from '../../ports/metrics.js';
import type { MetricSources, PrometheusMetrics } from './prometheus-metrics.js';

/**
 * Loads the library for metrics when they are first wanted, which no command and no service without web server does: it
 * brings eighty modules along. Counted from a moment later on.
 */
export class MetricsWhenLoaded implements Metrics {
  readonly #metrics: Promise<PrometheusMetrics>;

  constructor(from: MetricSources) {
    this.#metrics = import('./prometheus-metrics.js').then((loaded) => new loaded.PrometheusMetrics(from));
    this.#metrics.catch(() => undefined); // whoever asks for the text hears of it
  }

  /** As of the text format that Prometheus has read since 2014, version 0.0.4. */
  contentType(): string {
    return 'text/plain; version=0.0.4; charset=utf-8';
  }

  async text(): Promise<string> {
    return (await this.#metrics).text();
  }

  cutOff(why: CutOff): void {
    this.#once((metrics) => {
      metrics.cutOff(why);
    });
  }

  close(): void {
    this.#once((metrics) => {
      metrics.close();
    });
  }

  #once(act: (metrics: PrometheusMetrics) => void): void {
    this.#metrics.then(act, () => undefined);
  }
}
