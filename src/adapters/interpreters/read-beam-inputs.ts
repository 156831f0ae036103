import { open, readdir } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { BeamInput } from '../../domain/beam-input.js';
import type { Case } from '../../domain/case.js';
import { permanent } from '../../domain/errors.js';
import type { CaseError } from '../../domain/errors.js';
import type { IonPlan } from '../../domain/plan.js';
import { diskError } from '../../files/disk-error.js';
import { mayPass, systemCode } from '../../files/system-code.js';
import { BeamInputSchema } from './beam-input-schema.js';

/** A beam of 200,000 spots is 20 MB. */
const MAX_BYTES = 128 * 2 ** 20;
const BEAM_FILE = /^beam-.*\.json$/;
/** The sum is made in another order, and numbers were written as text. */
const SUM_TOLERANCE = 1e-6;

const fileName = (beamNumber: number): string => `beam-${String(beamNumber).padStart(3, '0')}.json`;

/**
 * What a site's interpreter wrote: exactly one file for each treatment beam of the plan, each as the schema says, of this
 * case, run and beam, with layers that are whole. Other files are left alone.
 * @throws permanent `interpretation.bad-output` naming the beam and the rule; nothing of the files' text is quoted
 */
export async function readBeamInputs(
  folder: string,
  kase: Pick<Case, 'id' | 'run'>,
  plan: IonPlan,
  signal: AbortSignal,
): Promise<readonly BeamInput[]> {
  await refuseStrangers(folder, plan);
  const inputs: BeamInput[] = [];
  for (const { beamNumber } of plan.beams) {
    signal.throwIfAborted();
    const text = await readRegularFile(join(folder, fileName(beamNumber)), beamNumber);
    const beam = parse(text, beamNumber);
    requireOwn(beam, kase, plan, beamNumber);
    requireWhole(beam);
    inputs.push(beam);
  }
  return inputs;
}

async function refuseStrangers(folder: string, plan: IonPlan): Promise<void> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw diskError(cause);
  });
  const wanted = new Set(plan.beams.map(({ beamNumber }) => fileName(beamNumber)));
  const strangers = names.filter((name) => BEAM_FILE.test(name) && !wanted.has(name));
  if (strangers.length === 0) return;
  const known = /^beam-(\d{1,9})\.json$/.exec(strangers[0] ?? '')?.[1];
  throw badOutput(
    known === undefined
      ? 'a beam file is not named beam-NNN.json'
      : `beam ${String(Number(known))} is no treatment beam of the plan, or its file is not named beam-NNN.json`,
  );
}

/** Opened so that a FIFO in its place does not hold us. */
async function readRegularFile(path: string, beamNumber: number): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    if (mayPass(cause)) throw diskError(cause);
    throw wrongBeam(beamNumber, `${fileName(beamNumber)} is not there or cannot be opened`);
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw wrongBeam(beamNumber, `${fileName(beamNumber)} is no file`);
    if (stat.size > MAX_BYTES) throw wrongBeam(beamNumber, `${fileName(beamNumber)} is larger than 128 MiB`);
    return await file.readFile('utf8');
  } catch (thrown) {
    throw diskError(thrown);
  } finally {
    await file.close();
  }
}

function parse(text: string, beamNumber: number): BeamInput {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrongBeam(beamNumber, `${fileName(beamNumber)} is not JSON`);
  }
  const parsed = BeamInputSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrongBeam(beamNumber, ruleOf(parsed.error));
}

/** Where and which kind of rule; keys the schema does not know stay unsaid. */
function ruleOf({ issues }: z.ZodError): string {
  const [issue] = issues;
  if (issue === undefined) return 'it is not as docs/beam-input.schema.json says';
  const at = issue.path.map(String).join('.') || 'the file';
  if (issue.code === 'unrecognized_keys') return `${at} has keys that docs/beam-input.schema.json does not know`;
  return `${at}: ${issue.message}`;
}

function requireOwn(beam: BeamInput, kase: Pick<Case, 'id' | 'run'>, plan: IonPlan, beamNumber: number): void {
  const own: readonly (readonly [string, boolean])[] = [
    ['beamNumber is not that of its file name', beam.beamNumber === beamNumber],
    ['caseId is not that of this case', beam.caseId === kase.id],
    ['run is not that of this case', beam.run === kase.run],
    ['patientPosition is not that of the plan', beam.patientPosition === plan.patientPosition],
    ['metersetUnit is not that of the plan', beam.metersetUnit === plan.metersetUnit],
    ['fractionsPlanned is not that of the plan', beam.fractionsPlanned === plan.fractionsPlanned],
  ];
  const broken = own.find(([, holds]) => !holds);
  if (broken !== undefined) throw wrongBeam(beamNumber, broken[0]);
}

function requireWhole({ beamNumber, layers, protons }: BeamInput): void {
  layers.forEach((layer, i) => {
    const spots = layer.xMm.length;
    if ([layer.yMm, layer.meterset, layer.protons].every(({ length }) => length === spots)) return;
    throw wrongBeam(beamNumber, `layers.${String(i)}: xMm, yMm, meterset and protons are not equally long`);
  });
  const sum = layers.reduce((total, layer) => total + layer.protons.reduce((a, b) => a + b, 0), 0);
  if (Math.abs(sum - protons) <= SUM_TOLERANCE * protons) return;
  throw wrongBeam(beamNumber, 'protons is not the sum of the protons of its spots');
}

const wrongBeam = (beamNumber: number, rule: string): CaseError => badOutput(`beam ${String(beamNumber)}: ${rule}`);

const badOutput = (what: string): CaseError =>
  permanent('interpretation.bad-output', `the output of the site's own interpreter is not usable: ${what}`, {
    remedy: 'correct the program (docs/beam-input.md; its own words: mqi logs ID --interpreter), then: mqi retry ID',
  });
