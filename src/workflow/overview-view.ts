import { diskForecast, FORECAST_SPAN_MS, type DiskForecast } from '../domain/disk-forecast.js';
import { CaseError, toCaseError } from '../domain/errors.js';
import type { EpochMs } from '../domain/time.js';
import type { CaseLists, CaseSummary } from '../ports/case-lists.js';
import type { CaseQueries } from '../ports/case-queries.js';
import type { DiskHistory } from '../ports/disk-history.js';
import type { DiskSpace } from '../ports/disk-space.js';
import type { Inboxes, InboxState } from '../ports/inboxes.js';
import { arrivalView, type ArrivalView } from './arrival-view.js';

/** How all stands at a glance: `GET /api/overview`. Times are ISO 8601 UTC. */
export interface OverviewView extends CaseSummary {
  readonly arriving: readonly ArrivalView[];
  /** The first inbox first. */
  readonly inboxes: readonly InboxView[];
  readonly disk: DiskView;
}

export interface InboxView {
  /** '' for the first one. */
  readonly inbox: string;
  readonly mode: 'events' | 'poll';
  readonly lostSince: string | null;
  readonly lostBecause: string | null;
  readonly lastSweepAt: string | null;
  /** Case folders in it. */
  readonly entries: number;
  /** Folders that are being copied. */
  readonly settling: number;
}

/** The disk of the root. */
export interface DiskView {
  /** Null when the disk does not tell. */
  readonly freeBytes: number | null;
  /** Below this no case is begun (`intake.minFreeGiB`). */
  readonly minFreeBytes: number;
  /** Why it does not tell, in words. */
  readonly problem: string | null;
  /** From what the service sampled each hour; `days` until only `minFreeBytes` are left. */
  readonly forecast: DiskForecast;
}

export interface OverviewSources {
  readonly queries: Pick<CaseQueries, 'arriving'>;
  readonly lists: Pick<CaseLists, 'summary'>;
  readonly inboxes: Pick<Inboxes, 'states'>;
  readonly disk: DiskSpace;
  readonly diskHistory: Pick<DiskHistory, 'since'>;
}

/** @param root folder whose disk is looked at */
export async function overviewOf(
  { queries, lists, inboxes, disk, diskHistory }: OverviewSources,
  { root, minFreeBytes }: { readonly root: string; readonly minFreeBytes: number },
  now: EpochMs,
): Promise<OverviewView> {
  const summary = await lists.summary();
  const samples = await diskHistory.since(now - FORECAST_SPAN_MS);
  const forecast = diskForecast(samples, minFreeBytes, now);
  const arriving = await queries.arriving();
  return {
    ...summary,
    arriving: arriving.map((arrival) => arrivalView(arrival, now)),
    inboxes: inboxes.states().map(inboxView),
    disk: { minFreeBytes, ...(await freeOn(disk, root)), forecast },
  };
}

function inboxView({ inbox, mode, lostSince, lostBecause, lastSweepAt, entries, settling }: InboxState): InboxView {
  return {
    inbox,
    mode,
    lostSince: iso(lostSince),
    lostBecause,
    lastSweepAt: iso(lastSweepAt),
    entries,
    settling: settling.length,
  };
}

async function freeOn(disk: DiskSpace, root: string): Promise<Pick<DiskView, 'freeBytes' | 'problem'>> {
  try {
    return { freeBytes: await disk.freeBytes(root), problem: null };
  } catch (thrown) {
    if (!(thrown instanceof CaseError)) throw thrown;
    return { freeBytes: null, problem: toCaseError(thrown).message };
  }
}

const iso = (at: EpochMs | null): string | null => (at === null ? null : new Date(at).toISOString());
