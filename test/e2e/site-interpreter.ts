import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPlanFile } from '../../src/adapters/dicom/reading/plan-reader.js';
import { PlanInterpreter } from '../../src/adapters/interpreters/plan-interpreter.js';
import { aBeamModel } from '../builders/a-pencil-beam-job.js';
import { FakeBeamModels } from '../fakes/fake-beam-models.js';

/**
 * A site's own interpreter, as a program: `node site-interpreter.js PLAN OUTPUT CASE RUN`. Writes a file for the first beam of
 * the plan only, so that a plan of two is not interpreted whole.
 */
const [plan = '', output = '', id = '', run = ''] = process.argv.slice(2);
const interpreter = new PlanInterpreter(new FakeBeamModels([aBeamModel({ name: 'generic' })]));
const [beam] = await interpreter.interpret({ id, run: Number(run) }, await readPlanFile(plan));
if (beam === undefined) throw new Error('the plan has no beam');
writeFileSync(join(output, `beam-${String(beam.beamNumber).padStart(3, '0')}.json`), JSON.stringify(beam));
process.stdout.write(`beam ${String(beam.beamNumber)} of SYNTHETIC^PHANTOM \u001b[31mwritten\u001b[0m\n`);
