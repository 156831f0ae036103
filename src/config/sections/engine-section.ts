import { z } from 'zod';
import { about, choice } from '../choice.js';
import { moquiSection } from './moqui-section.js';

function isExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

export const engineSection = z
  .strictObject({
    kind: choice(['pencil-beam', 'moqui', 'command'])
      .default('pencil-beam')
      .meta(
        about('Dose engine. pencil-beam is built in; moqui is Monte Carlo on a GPU; command runs a program of yours.'),
      ),
    timeoutMinutes: z.number().gt(0).default(120).meta(about('A job that runs longer is ended and tried again.')),
    stallMinutes: z
      .number()
      .gt(0)
      .default(15)
      .meta(about('A job without output and without use of the processor for this long is ended and tried again.')),
    maxLogMiB: z
      .int()
      .min(16)
      .default(1024)
      .meta(
        about(
          'A job that writes more output than this (engine.log) is ended and tried again, so that none fills the disk; the beginning and the end of its output are kept. The same counts for interpretation.command.',
        ),
      ),
    moqui: moquiSection,
    command: z
      .strictObject({
        argv: z
          .array(z.string())
          .min(1)
          .nullable()
          .default(null)
          .meta(
            about(
              'Program and arguments, one to an entry; no shell is involved. Placeholders: {input} (beam JSON), {geometry}, {output} (MetaImage to write), {workDir}, {beamNumber}, {gpus}, {ct} (CT or water phantom as MetaImage, HU).',
              { rule: 'null, or a list of texts, the program first' },
            ),
          ),
        result: choice(['dose.mha', 'dose.mhd'])
          .default('dose.mha')
          .meta(about('Name of the MetaImage that {output} stands for: one file, or a header beside its raw file.')),
        progress: z
          .string()
          .refine((pattern) => isExpression(pattern) && /\(\?<done>/.test(pattern) && /\(\?<total>/.test(pattern))
          .nullable()
          .default(null)
          .meta(
            about(
              'Regular expression for lines of output that tell progress: done of total. A line may give one of the two. null: lines such as "progress 37" or "37 %".',
              { rule: 'null, or a regular expression with the named groups (?<done>...) and (?<total>...)' },
            ),
          ),
        success: z
          .string()
          .min(1)
          .refine(isExpression)
          .nullable()
          .default(null)
          .meta(
            about('Regular expression that a line of output must match, besides exit code 0 and a good result.', {
              rule: 'null, or a regular expression',
            }),
          ),
        failures: z
          .array(z.string().min(1).refine(isExpression))
          .default([])
          .meta(
            about(
              'Regular expressions: a run is a failure if a line of its output matches one, whatever its exit code.',
              {
                rule: 'list of regular expressions',
              },
            ),
          ),
      })
      .prefault({})
      .meta({ description: 'The program of engine kind command.' }),
  })
  .prefault({})
  .meta({ description: 'The program that calculates dose, one job for each beam.' });
