import type { HrTime } from '@opentelemetry/api';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { transient } from '../../domain/errors.js';
import type { TraceExporter, TraceSpan } from '../../ports/trace-exporter.js';

export interface OtlpOptions {
  readonly url: string;
  readonly serviceName: string;
  readonly version: string;
  readonly timeoutMs?: number;
}

interface Loaded {
  readonly exporter: OTLPTraceExporter;
  readonly resource: Resource;
}

// As in @opentelemetry/api, which is loaded with the first span only.
const SUCCESS = 0;
const SAMPLED = 1;
const INTERNAL = 0;
const UNSET = 0;
const ERROR = 2;

/** OTLP over HTTP, by the libraries of OpenTelemetry, which are loaded with the first spans. */
export class OtlpExporter implements TraceExporter {
  #loaded: Promise<Loaded> | null = null;

  constructor(private readonly options: OtlpOptions) {}

  async send(spans: readonly TraceSpan[]): Promise<void> {
    this.#loaded ??= this.#load();
    const { exporter, resource } = await this.#loaded;
    const { version } = this.options;
    await new Promise<void>((resolve, reject) => {
      exporter.export(
        spans.map((span) => readable(span, resource, version)),
        ({ code, error: cause }) => {
          if (code === SUCCESS) resolve();
          else reject(transient('telemetry.unreachable', 'the collector of traces does not take them', { cause }));
        },
      );
    });
  }

  async close(): Promise<void> {
    const loaded = await this.#loaded;
    await loaded?.exporter.shutdown();
  }

  async #load(): Promise<Loaded> {
    const { url, serviceName, version, timeoutMs = 10_000 } = this.options;
    const [{ OTLPTraceExporter: Exporter }, { resourceFromAttributes }] = await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
    return {
      exporter: new Exporter({ url, timeoutMillis: timeoutMs, keepAlive: false }),
      resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    };
  }
}

function readable(span: TraceSpan, resource: Resource, version: string): ReadableSpan {
  const { traceId, spanId, parentSpanId, name, startedAt, endedAt, failure, attributes } = span;
  const context = { traceId, traceFlags: SAMPLED };
  return {
    ...{ name, attributes: { ...attributes }, resource, kind: INTERNAL, ended: true, links: [], events: [] },
    spanContext: () => ({ ...context, spanId }),
    ...(parentSpanId === null ? {} : { parentSpanContext: { ...context, spanId: parentSpanId } }),
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(endedAt - startedAt),
    status: failure === null ? { code: UNSET } : { code: ERROR, message: failure },
    instrumentationScope: { name: 'mqi', version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const hrTime = (ms: number): HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1e6];
