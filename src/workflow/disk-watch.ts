import { Inject, Service } from 'typedi';
import { FORECAST_SPAN_MS } from '../domain/disk-forecast.js';
import { toCaseError } from '../domain/errors.js';
import { Clock } from '../ports/clock.js';
import { DiskHistory } from '../ports/disk-history.js';
import { DiskSpace } from '../ports/disk-space.js';
import { Logger } from '../ports/logger.js';
import { Settings } from '../ports/settings.js';

const EVERY_MS = 3_600_000;
/** Twice what the forecast looks at: a page may show more of the past. */
const KEPT_MS = 2 * FORECAST_SPAN_MS;

/** Writes down each hour how much is free on the disk of the root; what comes of it is domain/disk-forecast.ts. */
@Service()
export class DiskWatch {
  constructor(
    @Inject(DiskSpace) private readonly disk: DiskSpace,
    @Inject(DiskHistory) private readonly history: DiskHistory,
    @Inject(Settings) private readonly settings: Pick<Settings, 'root'>,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** Until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const freeBytes = await this.disk.freeBytes(this.settings.root);
        const at = this.clock.now();
        await this.history.add({ at, freeBytes }, at - KEPT_MS);
      } catch (thrown) {
        // The next hour has a sample again: a forecast does not need each.
        this.log.warn('free space not written down', { code: toCaseError(thrown).code }, thrown);
      }
      await this.clock.sleep(EVERY_MS, signal);
    }
  }
}
