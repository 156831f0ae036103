/*
 * Slurm's commands take options from variables as well, some of which no argument outranks: SBATCH_ARRAY_INX makes many
 * jobs of one, SBATCH_WAIT keeps sbatch until the job is over, SQUEUE_USERS and SCANCEL_STATE hide jobs, SLURM_CLUSTERS
 * sends all of them to another cluster. A login, or whoever starts the service from within a job, may have set any. What
 * we ask is said by our arguments alone.
 */

/** Where the cluster is and as whom we ask it: what a site needs, and no option of a command. */
const KEPT = ['SLURM_CONF', 'SLURM_CONF_SERVER', 'SLURM_JWT', 'SLURM_SACK_*'];

/** Beginnings of names, by command; SLURM_ is that of all of them. */
const TAKEN_AWAY = ['SLURM', 'SBATCH', 'SQUEUE', 'SCANCEL', 'SCONTROL', 'SACCT', 'SALLOC', 'SRUN', 'SINFO'];

/**
 * POSIX shell: takes such variables away, whatever later versions call them, then becomes env(1) with the arguments. A line
 * of a value that looks like a variable names one that is not there, or one that goes anyway.
 */
const BARE = `for name in $(env | sed -n 's/^\\(S[A-Z]*_[A-Za-z0-9_]*\\)=.*/\\1/p'); do
  case $name in
    ${KEPT.join(' | ')}) ;;
    ${TAKEN_AWAY.map((name) => `${name}_*`).join(' | ')}) unset "$name" ;;
  esac
done
exec env "$@"`;

/**
 * Arguments that run a command of Slurm with no option from the environment, nor from that of the job it submits.
 * @param variables `NAME=value`, as env(1) takes them: what we tell by variables
 */
export const withoutOptionsOfOthers = (variables: readonly string[], command: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  BARE,
  'sh',
  ...variables,
  ...command,
];
