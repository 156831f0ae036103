import { z } from 'zod';
import { about } from '../choice.js';

const WORD_RULE = 'null, or a word without blanks';
const word = (description: string) =>
  z
    .string()
    .regex(/^[^\s,-][^\s]*$/)
    .nullable()
    .default(null)
    .meta(about(description, { rule: WORD_RULE }));
const absolute = (description: string) =>
  z
    .string()
    .regex(/^\//)
    .nullable()
    .default(null)
    .meta(about(description, { rule: 'null, or an absolute path' }));

/** How jobs are given to Slurm; each word goes to sbatch as it is. */
export const slurmSection = z
  .strictObject({
    partition: word('Partition; null: the default one of the cluster.'),
    gres: z
      .string()
      .regex(/^[^\s-][^\s]*$/)
      .nullable()
      .default('gpu:1')
      .meta(about('Generic resources of one job. null: none, for engines that need no GPU.', { rule: WORD_RULE })),
    time: z
      .union([z.int().min(1), z.string().regex(/^(\d+-)?\d+(:\d+){0,2}$/)])
      .nullable()
      .default(null)
      .meta(
        about(
          'Time limit of a job: minutes, or [days-]hours:minutes:seconds. null: engine.timeoutMinutes and five more.',
          {
            rule: 'null, a whole number of minutes, or [days-]hours[:minutes[:seconds]]',
          },
        ),
      ),
    account: word('Account that pays.'),
    qos: word('Quality of service.'),
    constraint: word('Features that a node must have.'),
    extra: z
      .array(z.string().regex(/^-[^\n]+$/))
      .default([])
      .meta(about('Further arguments of sbatch, such as --mem=16G.', { rule: 'list of arguments that begin with -' })),
    maxJobs: z
      .int()
      .min(1)
      .default(4)
      .meta(about('Jobs given to Slurm at a time, running and queued.', { rule: 'a whole number, at least 1' })),
    binFolder: absolute("Folder of Slurm's commands on the host; null: found by its PATH."),
    conf: absolute('The slurm.conf for the commands (SLURM_CONF); null: where they look themselves.'),
    completionLog: absolute(
      'The completion log of the controller (jobcomp/filetxt), if the host can read it: asked for jobs that nobody else knows any more.',
    ),
  })
  .prefault({})
  .meta({ description: 'For the host with scheduler: slurm, where sbatch is called.' });
