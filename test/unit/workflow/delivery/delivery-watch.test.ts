import { expect } from 'chai';
import { FakeNudge } from '../../../fakes/fake-nudge.js';
import { tempFolder } from '../../../temp-folder.js';
import { until } from '../../../until.js';
import { UploadBench } from '../steps/upload-bench.js';

describe('the watch over deliveries', () => {
  const temp = tempFolder();

  it('sees to it that a case does not wait for a target that was taken out of the configuration', async () => {
    const bench = await UploadBench.in(temp.path);
    const notBefore = bench.clock.now() + 540_000;
    bench.receipts.tables.cases.set('c1', { ...bench.kase, waitingFor: 'target former', notBefore });
    await bench.uploads.open('c1', ['former']);
    const stop = new AbortController();
    const nudge = new FakeNudge();
    const running = bench.parts([bench.outbox]).watchOf(nudge).run(stop.signal);
    await until('it watches', () => bench.clock.sleeping > 0);
    expect(bench.receipts.tables.cases.get('c1')!.notBefore).to.equal(bench.clock.now());
    stop.abort();
    await running;
  });
});
