import type { SeenResource } from '../domain/resource.js';
import type { Logger } from '../ports/logger.js';

/**
 * Pids of programs of others that compute on a GPU beside a job of ours. Only where a process of the job is seen there too:
 * where the engine runs in a container, say, its own process is not known for ours either, and nothing can be told.
 */
export function strangersOn({ processes }: Pick<SeenResource, 'processes'>): readonly number[] {
  if (processes?.some(({ ours }) => ours === true) !== true) return [];
  return processes.filter(({ ours }) => ours === false).map(({ pid }) => pid);
}

/** Says once of each GPU that others compute there beside a job of ours. Nothing is decided by it: the job goes on. */
export class StrangerNotes {
  readonly #told = new Set<string>();

  constructor(private readonly log: Logger) {}

  note(places: readonly SeenResource[]): void {
    for (const place of places) {
      const [pid] = strangersOn(place);
      if (pid === undefined) this.#told.delete(place.id);
      else if (!this.#told.has(place.id)) {
        this.#told.add(place.id);
        this.log.warn('another program computes on a GPU beside a job of ours', { resource: place.id, pid });
      }
    }
  }
}
