import { z } from 'zod';
import { about, choice } from '../choice.js';

/** A name without a path. */
const fileName = z
  .string()
  .regex(/^[^/\\\p{Cc}]+$/u)
  .refine((name) => name !== '.' && name !== '..');

export const intakeSection = z
  .strictObject({
    inbox: z
      .string()
      .min(1)
      .default('inbox')
      .meta(
        about('The watched share. Nothing is ever written to it.', {
          rule: 'a path; relative to root',
        }),
      ),
    layout: z
      .string()
      .regex(/^\{\w+\}(\/\{\w+\}){0,5}$/)
      .default('{case}')
      .meta(
        about('Where case folders lie below the inbox: one name in braces for each level of folders.', {
          rule: 'names in braces with / between, e.g. {case}, {room}/{case}, {patient}/{study}',
        }),
      ),
    quietSeconds: z
      .number()
      .min(0)
      .default(10)
      .meta(about('A folder is taken when nothing in it has changed for this long.')),
    readyMarker: fileName
      .nullable()
      .default(null)
      .meta(
        about(
          'Name of a file that says a folder is complete, in or beside it; without it none is taken (docs/intake.md).',
          {
            rule: 'null, or a file name without a path',
          },
        ),
      ),
    inboxMarker: fileName
      .nullable()
      .default(null)
      .meta(
        about('Name of a file that always lies in the inbox. When it is not there, the share is taken for lost.', {
          rule: 'null, or a file name without a path',
        }),
      ),
    watch: choice(['auto', 'events', 'poll'])
      .default('auto')
      .meta(about('How changes are noticed. auto: events of the file system; on network shares poll.')),
    pollSeconds: z
      .number()
      .min(0.1)
      .default(5)
      .meta(about('How often the inbox is looked through, with events as a safety net.')),
    incompleteHours: z
      .number()
      .min(0)
      .default(24)
      .meta(about('How long a case may wait for files that are missing; then it is rejected.')),
    onChange: choice(['restart', 'finish'])
      .default('restart')
      .meta(
        about(
          'When a folder changes while a run of it is calculating: restart cancels that run, finish lets it end first.',
        ),
      ),
    duplicates: choice(['process', 'skip'])
      .default('process')
      .meta(about('A plan that another folder brought already: process it and say so, or skip (reject) it.')),
    maxFiles: z.int().min(1).default(20_000).meta(about('Most files a case folder may hold.')),
    maxGiB: z.number().gt(0).default(50).meta(about('Largest size of a case folder, in GiB.')),
    minFreeGiB: z
      .number()
      .min(0)
      .default(5)
      .meta(about('No new work is started when the disk of the root has less than this free, in GiB.')),
  })
  .prefault({})
  .meta({ description: 'How case folders are noticed and taken.' });
