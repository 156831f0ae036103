import { expect } from 'chai';
import { permanent, toFailure, transient } from '../../../../src/domain/errors.js';
import { aBeam } from '../../../builders/a-beam.js';
import { aCase } from '../../../builders/a-case.js';
import { aReceipt } from '../../../builders/a-receipt.js';
import { aResource } from '../../../builders/a-resource.js';
import { anAttempt } from '../../../builders/an-attempt.js';
import { until } from '../../../until.js';
import { someMetrics } from '../../../builders/some-metrics.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeDatabaseTimes } from '../../../fakes/fake-database-times.js';
import { FakeDiskSpace } from '../../../fakes/fake-disk-space.js';
import { FakeTables } from '../../../fakes/fake-tables.js';

/** Not before the loop was looked at. */
const LONGEST = /^mqi_event_loop_delay_seconds\{quantile="1"\} (?!0$)/m;
const MEDIAN = /^mqi_event_loop_delay_seconds\{quantile="0.5"\} (\S+)$/m;

describe('the metrics', () => {
  const tables = (): FakeTables => {
    const made = new FakeTables({
      cases: [aCase({ id: 'c1', folder: 'DOE^JANE', planLabel: 'JANE', state: 'failed' })],
    });
    return made;
  };
  const ended = (change: object = {}) => anAttempt({ finishedAt: 1_760_000_030_000, outcome: 'done', ...change });

  it('count each ended attempt once, with how long it took, what it failed of and whether it was tried again', async () => {
    const rows = tables();
    const error = toFailure(transient('engine.crashed', 'the engine crashed'));
    rows.attempts = [
      ended({ id: 1 }),
      ended({ id: 2, step: 'simulate', outcome: 'retried', error }),
      ended({ id: 3, step: 'simulate', beamNumber: 1 }),
      ended({ id: 4, finishedAt: null, outcome: null }),
    ];
    const metrics = someMetrics(rows);
    await metrics.text();
    const text = await metrics.text();
    expect(text).to.contain('mqi_step_seconds_count{step="validate",outcome="done"} 1');
    expect(text).to.contain('mqi_step_seconds_bucket{le="30",step="validate",outcome="done"} 1');
    expect(text).to.contain('mqi_step_seconds_bucket{le="10",step="validate",outcome="done"} 0');
    expect(text).to.contain('mqi_beam_seconds_count{outcome="done"} 1');
    expect(text).to.contain('mqi_attempt_failures_total{step="simulate",code="engine.crashed"} 1');
    expect(text).to.contain('mqi_retries_total{step="simulate"} 1');
    metrics.close();
  });

  it('hold no id, no patient and no folder, and few labels however many codes there are', async () => {
    const rows = tables();
    rows.beams.set('c1/1', aBeam({ caseId: 'c1', state: 'submitted', resourceId: 'local/GPU-1' }));
    rows.resources.set('local/GPU-1', aResource());
    rows.attempts = Array.from({ length: 400 }, (_, i) =>
      ended({ id: i, error: toFailure(permanent(i === 0 ? 'Patient JANE' : `made.up${String(i)}`, 'x')) }),
    );
    const metrics = someMetrics(rows);
    const text = await metrics.text();
    expect(text).not.to.match(/JANE|DOE|c1|GPU-1/);
    expect(text.match(/^mqi_attempt_failures_total\{/gm)).to.have.length(151);
    expect(text).to.contain('code="other"} 250');
    expect(text.split('\n').filter((line) => !line.startsWith('#')).length).to.be.lessThan(500);
    metrics.close();
  });

  it('tell how long the oldest case waits, what the targets have and lack, GPUs, disk and database', async () => {
    const [rows, clock, times] = [tables(), new FakeClock(), new FakeDatabaseTimes()];
    rows.cases.set('c2', aCase({ id: 'c2', state: 'assembled', createdAt: clock.now() - 90_000 }));
    rows.receipts.set('r', aReceipt({ target: 'pacs', status: 'delivered', attempts: 3 }));
    rows.resources.set('local/GPU-1', aResource({ index: 2, utilisationPercent: 50, temperatureC: 61 }));
    const disk = new FakeDiskSpace(2 ** 33);
    const metrics = someMetrics(rows, { clock, times, disk });
    times.took('write', 7);
    const text = await metrics.text();
    for (const line of [
      'mqi_oldest_case_age_seconds{state="assembled"} 90',
      'mqi_oldest_case_age_seconds{state="registered"} 0',
      'mqi_target_objects{target="pacs",status="delivered"} 1',
      'mqi_target_attempts{target="pacs"} 3',
      'mqi_gpu_utilisation_ratio{host="local",gpu="2"} 0.5',
      'mqi_gpu_temperature_celsius{host="local",gpu="2"} 61',
      'mqi_disk_free_bytes 8589934592',
      'mqi_database_seconds_bucket{le="0.005",work="write"} 0',
      'mqi_database_seconds_bucket{le="0.01",work="write"} 1',
      'mqi_build_info{version="1.2.3"} 1',
    ]) {
      expect(text.split('\n')).to.include(line);
    }
    expect(text).to.match(/^mqi_event_loop_delay_seconds\{quantile="0.99"\} [\d.e-]+$/m);
    metrics.close();
    expect(times.listeners.size).to.equal(0);
  });

  it('tell no delay of an event loop that turns freely, though it is looked at in steps of 50 ms', async () => {
    const metrics = someMetrics(tables());
    await metrics.text();
    // On a busy machine it does not turn freely all the time; each look is at what came since the one before.
    const isFree = async (): Promise<boolean> => {
      const text = await metrics.text();
      return LONGEST.test(text) && Number(MEDIAN.exec(text)?.[1]) < 0.04;
    };
    await until('the loop was looked at while it turned freely', isFree, 20_000, 300);
    metrics.close();
  });

  it('say which part could not be read, and give the others', async () => {
    const disk = new FakeDiskSpace();
    disk.failure = transient('disk.failed', 'the disk does not answer');
    const metrics = someMetrics(tables(), { disk });
    const text = await metrics.text();
    expect(text).to.contain('mqi_metrics_missing{part="disk"} 1').and.to.contain('mqi_metrics_missing{part="cases"} 0');
    expect(text).to.contain('mqi_cases{state="failed"} 1');
    metrics.close();
  });
});
