import { z } from 'zod';
import { about, choice } from '../choice.js';

/** A name without a path. */
const fileName = z
  .string()
  .regex(/^[^/\\\p{Cc}]+$/u)
  .refine((name) => name !== '.' && name !== '..');

const LAYOUT = /^\{\w+\}(\/\{\w+\}){0,5}$/;
const LAYOUT_RULE = 'names in braces with / between, e.g. {case}, {room}/{case}, {patient}/{study}';
const MARKER_RULE = 'null, or a file name without a path';
const WATCH = ['auto', 'events', 'poll'] as const;

/** What is left out is as `intake` has it, but for the marker of the inbox itself: none. */
const furtherInbox = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/)
    .meta({ rule: 'a lower-case letter, then at most 31 lower-case letters, digits and -' }),
  path: z.string().min(1).meta({ rule: 'a path; relative to root' }),
  layout: z.string().regex(LAYOUT).optional().meta({ rule: LAYOUT_RULE }),
  watch: choice(WATCH).optional(),
  quietSeconds: z.number().min(0).optional(),
  pollSeconds: z.number().min(0.1).optional(),
  readyMarker: fileName.nullable().optional().meta({ rule: MARKER_RULE }),
  inboxMarker: fileName.nullable().optional().meta({ rule: MARKER_RULE }),
});

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
      .regex(LAYOUT)
      .default('{case}')
      .meta(
        about('Where case folders lie below the inbox: one name in braces for each level of folders.', {
          rule: LAYOUT_RULE,
        }),
      ),
    inboxes: z
      .array(furtherInbox)
      .default([])
      .meta(
        about(
          'Further inboxes, each with a name of its own. What an entry leaves out of layout, watch, quietSeconds, pollSeconds and readyMarker is as above; an inboxMarker it must name itself.',
          {
            rule: 'list of {name, path} and, if wanted, layout, watch, quietSeconds, pollSeconds, readyMarker, inboxMarker',
          },
        ),
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
            rule: MARKER_RULE,
          },
        ),
      ),
    inboxMarker: fileName
      .nullable()
      .default(null)
      .meta(
        about('Name of a file that always lies in the inbox. When it is not there, the share is taken for lost.', {
          rule: MARKER_RULE,
        }),
      ),
    watch: choice(WATCH)
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
