/** Who starts jobs on a machine. */
export type SchedulerKind = 'direct' | 'slurm';

interface ExecutionRules {
  /** For machines that say nothing else. */
  readonly scheduler: SchedulerKind;
  readonly hosts: readonly { readonly name: string; readonly scheduler: SchedulerKind | null }[];
}

/** Names of the machines where jobs are given to Slurm: how many at a time, and on which GPU, is not for the service to say. */
export const slurmHosts = ({ scheduler, hosts }: ExecutionRules): readonly string[] =>
  hosts.filter((host) => (host.scheduler ?? scheduler) === 'slurm').map(({ name }) => name);
