import type * as OpenTelemetry from '@opentelemetry/api';
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

type Api = typeof OpenTelemetry;

interface Loaded {
  readonly api: Api;
  readonly exporter: OTLPTraceExporter;
  readonly resource: Resource;
}

/** OTLP over HTTP, by the libraries of OpenTelemetry, which are loaded with the first spans. */
export class OtlpExporter implements TraceExporter {
  #loaded: Promise<Loaded> | null = null;

  constructor(private readonly options: OtlpOptions) {}

  async send(spans: readonly TraceSpan[]): Promise<void> {
    this.#loaded ??= this.#load();
    const { api, exporter, resource } = await this.#loaded;
    const { version } = this.options;
    await new Promise<void>((resolve, reject) => {
      exporter.export(
        spans.map((span) => readable(span, api, resource, version)),
        ({ error: cause }) => {
          if (cause === undefined) resolve();
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
    const { url, serviceName, version, timeoutMs = 5_000 } = this.options;
    const [api, { OTLPTraceExporter: Exporter }, { resourceFromAttributes }] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
    return {
      api,
      exporter: new Exporter({ url, timeoutMillis: timeoutMs, keepAlive: false }),
      resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    };
  }
}

function readable(span: TraceSpan, api: Api, resource: Resource, version: string): ReadableSpan {
  const { traceId, spanId, parentSpanId, name, startedAt, endedAt, failure, attributes } = span;
  const context = { traceId, traceFlags: api.TraceFlags.SAMPLED };
  return {
    ...{
      name,
      attributes: { ...attributes },
      resource,
      kind: api.SpanKind.INTERNAL,
      ended: true,
      links: [],
      events: [],
    },
    spanContext: () => ({ ...context, spanId }),
    ...(parentSpanId === null ? {} : { parentSpanContext: { ...context, spanId: parentSpanId } }),
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(endedAt - startedAt),
    status:
      failure === null ? { code: api.SpanStatusCode.UNSET } : { code: api.SpanStatusCode.ERROR, message: failure },
    instrumentationScope: { name: 'mqi', version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const hrTime = (ms: number): OpenTelemetry.HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1e6];
