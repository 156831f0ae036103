import type { SeenResource } from './resource.js';
import type { EpochMs } from './time.js';

/** @param why why the CPU of its host is used, where somebody may wonder; else null */
export const cpuPlaceName = (number: number, count: number, why: string | null): string =>
  `CPU place ${String(number)} of ${String(count)}${why === null ? '' : `: ${why}`}`;

/** Why beams are calculated on the CPU of the host of this place, in words, as its name says; null where it does not. */
export const whyOnCpu = ({ name }: { readonly name: string }): string | null =>
  /^CPU place \d+ of \d+: (.+)$/.exec(name)?.[1] ?? null;

/** A place that is one of so many jobs at a time and no device of its own. @param place its id within the host */
export function placeWithoutGpu(host: string, place: string, name: string, seenAt: EpochMs): SeenResource {
  return {
    id: `${host}/${place}`,
    host,
    kind: 'cpu',
    name,
    uuid: null,
    index: null,
    driver: null,
    memoryTotalMiB: null,
    memoryUsedMiB: null,
    utilisationPercent: null,
    temperatureC: null,
    clockMHz: null,
    eccErrors: null,
    processes: null,
    fault: null,
    seenAt,
  };
}
