import type { SeenResource } from '../../domain/resource.js';
import type { Clock } from '../../ports/clock.js';
import type { HostPlaces } from '../../ports/gpu-finder.js';
import { placeWithoutGpu } from '../../domain/place-without-gpu.js';

/**
 * So many jobs as Slurm may be given at a time (execution.slurm.maxJobs). Which GPU of which node a job gets is Slurm's own
 * business, and so is whether it is free.
 */
export class SlurmPlaces implements HostPlaces {
  constructor(
    private readonly host: string,
    private readonly maxJobs: number,
    private readonly clock: Clock,
  ) {}

  find(): Promise<readonly SeenResource[]> {
    const seenAt = this.clock.now();
    return Promise.resolve(
      Array.from({ length: this.maxJobs }, (_, index) => {
        const name = `Slurm job ${String(index + 1)} of ${String(this.maxJobs)}`;
        return placeWithoutGpu(this.host, `slurm-${String(index)}`, name, seenAt);
      }),
    );
  }
}
