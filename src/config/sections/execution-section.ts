import { z } from 'zod';
import { about, choice } from '../choice.js';
import { hostsList } from './hosts-list.js';

export const executionSection = z
  .strictObject({
    hosts: hostsList,
    scheduler: choice(['direct'], ['slurm'])
      .default('direct')
      .meta(about('Who starts jobs. direct: the service itself.')),
    slots: z
      .union([z.literal('auto'), z.int().min(1)])
      .default('auto')
      .meta(
        about('How many jobs run at a time. auto: one for each GPU found, else one for each two processor cores.', {
          rule: 'auto, or a whole number, at least 1',
        }),
      ),
    gpusPerBeam: z.int().min(1).default(1).meta(about('GPUs given to the job of one beam.')),
  })
  .prefault({})
  .meta({ description: 'Where jobs run.' });

export const uploadsList = z
  .array(
    z.strictObject({
      name: z
        .string()
        .regex(/^[\w.-]+$/)
        .meta({ rule: 'letters, digits, _ . -' }),
      kind: choice(['folder'], ['sftp', 'dicom', 'dicomweb', 'command']),
      path: z.string().min(1).meta({ rule: 'a path; relative to root' }),
    }),
  )
  .min(1)
  .default([{ name: 'outbox', kind: 'folder', path: 'outbox' }])
  .meta(about('Where results go: every object to each of these.', { rule: 'list of at least one {name, kind, path}' }));
