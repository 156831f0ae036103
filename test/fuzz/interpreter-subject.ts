import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBeamInputs } from '../../src/adapters/interpreters/read-beam-inputs.js';
import { PlanInterpreter } from '../../src/adapters/interpreters/plan-interpreter.js';
import { aBeamModel } from '../builders/a-pencil-beam-job.js';
import { anIonPlan } from '../builders/an-ion-plan.js';
import { FakeBeamModels } from '../fakes/fake-beam-models.js';
import { TEXT_MUTATIONS } from './mutate.js';
import type { Subject } from './subject.js';

const CASE = { id: 'C-1', run: 1 };
const MIB = 1024 * 1024;
const plan = anIonPlan();
const never = new AbortController().signal;
const [input] = await new PlanInterpreter(new FakeBeamModels([aBeamModel({ name: 'generic' })])).interpret(CASE, plan);
const wholeText = JSON.stringify(input);

/** With the disk, for opening the file is part of the reading. */
async function readOutput(bytes: Buffer): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'mqi-fuzz-'));
  try {
    writeFileSync(join(folder, 'beam-001.json'), bytes);
    return (await readBeamInputs(folder, CASE, plan, never)).length === 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a site's own interpreter wrote, checked against the schema and the rules. */
export const interpreter: Subject = {
  seeds: () => [Buffer.from(wholeText), Buffer.from(JSON.stringify(input, null, 2))],
  mutations: TEXT_MUTATIONS,
  // Not from the share: the site's program writes it, up to 128 MiB a beam.
  limitMiB: 256,
  readers: { output: readOutput },
  hostile: {
    'half a million arrays within each other': () => Buffer.from('['.repeat(500_000) + ']'.repeat(500_000)),
    '200,000 unknown keys': () =>
      Buffer.from(`{${Array.from({ length: 200_000 }, (_, i) => `"${String(i)}":0`).join()}}`),
    'a key that names the prototype': () => Buffer.from(wholeText.replace('{', '{"__proto__":{"beamNumber":7},')),
    'a string of 8 MiB': () =>
      Buffer.from(wholeText.replace(/"beamName":"[^"]*"/, `"beamName":"${'x'.repeat(8 * MIB)}"`)),
    'an empty file': () => Buffer.alloc(0),
  },
};
