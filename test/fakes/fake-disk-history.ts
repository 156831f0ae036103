import type { DiskSample } from '../../src/domain/disk-forecast.js';
import type { DiskHistory } from '../../src/ports/disk-history.js';

/** Free space over time, in memory (test/contract/disk-history.test.ts runs against this and the database). */
export class FakeDiskHistory implements DiskHistory {
  samples: readonly DiskSample[] = [];

  add(sample: DiskSample, keepSince: number): Promise<void> {
    const others = this.samples.filter(({ at }) => at !== sample.at && at >= keepSince);
    this.samples = [...others, sample].filter(({ at }) => at >= keepSince).sort((a, b) => a.at - b.at);
    return Promise.resolve();
  }

  since(at: number): Promise<readonly DiskSample[]> {
    return Promise.resolve(this.samples.filter((sample) => sample.at >= at));
  }
}
