import { expect } from 'chai';
import type { Token } from 'typedi';
import type { CommandContext } from '../../../../src/cli/command-context.js';
import { runDemo, type WatchedService } from '../../../../src/cli/demo/run-demo.js';
import { CaseError } from '../../../../src/domain/errors.js';
import { CaseControl } from '../../../../src/ports/case-control.js';
import { CaseQueries } from '../../../../src/ports/case-queries.js';
import { Clock } from '../../../../src/ports/clock.js';
import { aCase } from '../../../builders/a-case.js';
import { aReceipt } from '../../../builders/a-receipt.js';
import { FakeCaseControl } from '../../../fakes/fake-case-control.js';
import { FakeCaseQueries } from '../../../fakes/fake-case-queries.js';
import { FakeClock } from '../../../fakes/fake-clock.js';

describe('the demo', () => {
  let queries: FakeCaseQueries;
  let control: FakeCaseControl;
  let clock: FakeClock;
  let written: string;
  let interrupt: AbortController;
  let service: { -readonly [K in keyof WatchedService]: WatchedService[K] };

  beforeEach(() => {
    queries = new FakeCaseQueries();
    control = new FakeCaseControl(queries.tables);
    clock = new FakeClock();
    written = '';
    interrupt = new AbortController();
    service = { running: true, page: 'http://127.0.0.1:1/', lastLines: [], ended: () => new Promise(() => undefined) };
  });

  const run = (keep = false): Promise<unknown> => {
    const ports = new Map<unknown, unknown>([
      [CaseQueries, queries],
      [CaseControl, control],
      [Clock, clock],
    ]);
    const terminal = {
      out: (text: string): void => void (written += text),
      err: () => undefined,
      columns: Infinity,
      interactive: false,
    };
    const context = { terminal, signal: interrupt.signal, actor: 'cli:tester', now: () => clock.now() };
    return runDemo({
      context: context as unknown as CommandContext,
      ports: { get: <T>(token: Token<T>): T => ports.get(token) as T },
      service,
      folder: 'demo',
      root: '/root-of-the-demo',
      keep,
    }).catch((error: unknown) => error);
  };
  const put = (change: Parameters<typeof aCase>[0]): void => {
    const kase = aCase({ id: 'c1', folder: 'demo', ...change });
    queries.tables.cases.set('c1', kase);
  };

  it('waits for the case, and ends by saying where the RT Dose is', async () => {
    const done = run();
    await clock.advance(1000);
    put({ state: 'registered' });
    await clock.advance(1000);
    put({ state: 'completed', finishedAt: 1, progress: 100 });
    queries.tables.receipts.set(
      'r',
      aReceipt({ status: 'delivered', location: '/root-of-the-demo/outbox/demo/RD.001.dcm' }),
    );
    await clock.advance(1000);
    expect(await done).to.equal(0);
    expect(written).to.contain('live page: http://127.0.0.1:1/').and.to.contain('/outbox/demo/RD.001.dcm');
  });

  it('fails with the reason and the remedy when the case fails', async () => {
    const error = {
      code: 'engine.bad-dose',
      severity: 'permanent',
      message: 'the dose is empty',
      remedy: 'look',
    } as const;
    put({ state: 'failed', finishedAt: 1, error });
    expect(await run())
      .to.be.instanceOf(CaseError)
      .and.to.include({ message: 'failed: the dose is empty', remedy: 'look' });
  });

  it('fails when the service dies, with its last words', async () => {
    service.running = false;
    service.lastLines = ['mqi: the port is taken'];
    expect(await run())
      .to.have.property('message')
      .that.contains('the port is taken');
  });

  it('ends the jobs of its case when it is interrupted', async () => {
    put({ state: 'interpreted' });
    const done = run();
    interrupt.abort();
    expect(await done).to.include({ code: 'demo.interrupted' });
    expect(control.asked).to.deep.equal([['cancel', 'c1', 'cli:tester']]);
  });

  it('goes on until it is interrupted when it is asked to stay', async () => {
    put({ state: 'completed', finishedAt: 1 });
    const done = run(true);
    await clock.advance(60_000);
    interrupt.abort();
    expect(await done).to.equal(0);
    expect(control.asked).to.deep.equal([]);
  });
});
