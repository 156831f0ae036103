import { z } from 'zod';
import { about, choice } from '../choice.js';
import { GPU_TOOL_RULE, gpuTool } from './gpu-tool.js';
import { hostsList } from './hosts-list.js';
import { slurmSection } from './slurm-section.js';

const GPU_NAMES = { rule: 'a list of GPU UUIDs or numbers' };
/** Numbers may be written as numbers; they are kept as text. */
const gpuNames = z.array(z.union([z.string().min(1), z.int().min(0)]).transform(String)).default([]);

export const executionSection = z
  .strictObject({
    hosts: hostsList,
    scheduler: choice(['direct', 'slurm'])
      .default('direct')
      .meta(about('Who starts jobs, on hosts that name no other. direct: the service itself. slurm: Slurm.')),
    slurm: slurmSection,
    slots: z
      .union([z.literal('auto'), z.int().min(1)])
      .default('auto')
      .meta(
        about(
          'How many jobs run at a time, at most, without those of Slurm. auto: as many as GPUs allow (a GPU runs one job), else one for each two processor cores.',
          { rule: 'auto, or a whole number, at least 1' },
        ),
      ),
    gpusPerBeam: z
      .union([z.literal('all'), z.int().min(1)])
      .default(1)
      .meta(
        about('GPUs given to the job of one beam. all: every GPU of the host that is in service.', {
          rule: 'all, or a whole number, at least 1',
        }),
      ),
    gpus: z
      .strictObject({
        allow: gpuNames.meta(about('GPUs that may be used, by UUID or number (nvidia-smi -L). Empty: all.', GPU_NAMES)),
        deny: gpuNames.meta(about('GPUs left to others, also if allowed.', GPU_NAMES)),
        tool: gpuTool
          .nullable()
          .default(null)
          .meta(
            about(
              'The program that lists the GPUs: an nvidia-smi, or a rocm-smi by its name. null: whichever of the two PATH finds. One that is named must be there and list GPUs; meanwhile nothing is started, on the CPU neither.',
              { rule: `null, or ${GPU_TOOL_RULE}` },
            ),
          ),
      })
      .prefault({})
      .meta({ description: 'Which GPUs are ours.' }),
    minFreeGpuMiB: z
      .int()
      .min(0)
      .default(1024)
      .meta(
        about('Memory of a GPU that must be free before a job is started on it, MiB. 0: not looked at.', {
          rule: 'a whole number, at least 0',
        }),
      ),
  })
  .prefault({})
  .meta({ description: 'Where jobs run.' });
