import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { OtlpExporter } from '../../../src/adapters/telemetry/otlp-exporter.js';
import type { CaseError } from '../../../src/domain/errors.js';
import type { TraceSpan } from '../../../src/ports/trace-exporter.js';
import { rejection } from '../../rejection.js';

const span: TraceSpan = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  name: 'simulate',
  startedAt: 1_760_000_000_123,
  endedAt: 1_760_000_005_000,
  failure: 'engine.crashed',
  attributes: { 'mqi.case_id': 'c1', 'mqi.attempt': 2 },
};

interface SentSpan {
  readonly startTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}
interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly object[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

describe('a collector of traces', () => {
  let server: Server;
  let bodies: Sent[];
  let status: number;
  /** Where nobody is there it asks again until its time is over. */
  const exporter = (timeoutMs = 20_000): OtlpExporter => {
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1/traces`;
    return new OtlpExporter({ url, serviceName: 'mqi', version: '1.2.3', timeoutMs });
  };

  beforeEach(async () => {
    [bodies, status] = [[], 200];
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        expect(request.url).to.equal('/v1/traces');
        bodies.push(JSON.parse(body) as Sent);
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('takes an export without spans, by which mqi doctor asks whether it is there', async () => {
    const made = exporter();
    await made.send([]);
    expect(bodies).to.have.length(1);
    status = 404;
    expect(((await rejection(made.send([]))) as CaseError).code).to.equal('telemetry.unreachable');
    await made.close();
  });

  it('is told the spans by OTLP over HTTP, with our ids and times', async () => {
    const made = exporter();
    await made.send([span]);
    await made.close();
    const [sent] = bodies[0]?.resourceSpans ?? [];
    expect(sent?.resource.attributes).to.deep.include({ key: 'service.name', value: { stringValue: 'mqi' } });
    const [told] = sent?.scopeSpans[0]?.spans ?? [];
    expect(told).to.include({
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId,
      name: 'simulate',
      startTimeUnixNano: '1760000000123000000',
      endTimeUnixNano: '1760000005000000000',
    });
    expect(told).to.have.nested.property('status.code', 2);
    expect(told?.attributes).to.deep.include({ key: 'mqi.case_id', value: { stringValue: 'c1' } });
  });

  it('that refuses or is not there is said to be so', async () => {
    const made = exporter(500);
    status = 400;
    expect(((await rejection(made.send([span]))) as CaseError).code).to.equal('telemetry.unreachable');
    server.close();
    server.closeAllConnections();
    expect(((await rejection(made.send([span]))) as CaseError).code).to.equal('telemetry.unreachable');
    await made.close();
    await new Promise<void>((resolve) => (server = createServer()).listen(0, resolve));
  });
});
