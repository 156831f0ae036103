import { placeWithoutGpu } from './place-without-gpu.js';
import type { SeenResource } from './resource.js';
import type { EpochMs } from './time.js';

/** Stands for the places of a host that could not be asked yet, as nobody knows how many it has. */
const UNSEEN = 'unseen';

/** A place that nobody gets, for a host of which nothing is known. @param away as in `SeenResource` */
export const unseenPlace = (host: string, away: string, seenAt: EpochMs): SeenResource => ({
  ...placeWithoutGpu(host, UNSEEN, 'not seen yet', seenAt),
  away,
});

export const isUnseen = ({ id, host }: Pick<SeenResource, 'id' | 'host'>): boolean => id === `${host}/${UNSEEN}`;

/** Codes of failures that say nothing of a job or a beam: its host cannot be asked now, whoever has to mend that. */
export const HOST_AWAY: readonly string[] = ['host.unreachable', 'host.auth', 'host.key-unknown'];

/** Said of a Slurm whose controller does not answer; more may follow. */
export const silentSlurm = (host: string): string => `Slurm on host ${host} does not answer`;

/** Its host may be well, and its jobs run. */
const silentPlace = (host: string): string => `it is not known whether it is free: ${silentSlurm(host)}`;

/**
 * Begins with `host NAME`, so that rows show whose fault it is, or says that Slurm does not answer.
 * @param error the failure of the call, in words
 */
export function awayWords(host: string, error: string, since: EpochMs): string {
  if (error.startsWith(silentSlurm(host))) {
    return `${error.replace(silentSlurm(host), silentPlace(host))}, since ${sinceWords(since)}`;
  }
  const words = error.startsWith(`host ${host} cannot be reached`) ? `host ${host} cannot be reached` : error;
  const named = words.startsWith('host ') ? words : `host ${host}: ${words}`;
  return `${named} since ${sinceWords(since)}`;
}

const sinceWords = (since: EpochMs): string => `${new Date(since).toISOString().slice(0, 16)}Z`;

/** What a stored place says of its host, or the Slurm there, being away; null when it says something else. */
export const awayOf = ({
  host,
  occupied,
}: {
  readonly host: string;
  readonly occupied: string | null;
}): string | null =>
  [`host ${host} `, `host ${host}: `, silentPlace(host)].some((words) => occupied?.startsWith(words)) ? occupied : null;
