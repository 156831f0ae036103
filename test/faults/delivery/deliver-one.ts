import { CaseError } from '../../../src/domain/errors.js';
import type { Case } from '../../../src/domain/case.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { type Sabotage, sabotaged } from './sabotage.js';
import { targetOf, type TargetSpec } from './target-spec.js';

/*
 * A program that delivers one object, to be killed or to be failed by its file system. What it needs is given as JSON; what came
 * of it is its last line, as JSON too.
 */
const [given = '{}'] = process.argv.slice(2);
const { spec, kase, dose, sabotage } = JSON.parse(given) as {
  readonly spec: TargetSpec;
  readonly kase: Case;
  readonly dose: MadeDose;
  readonly sabotage: Sabotage | null;
};
if (sabotage !== null) await sabotaged(sabotage);
const end = await targetOf(spec)
  .deliver(kase, dose, new AbortController().signal)
  .then(
    ({ status }) => ({ status }),
    (error: unknown) => {
      if (!(error instanceof CaseError)) return { unclassified: String(error) };
      return { severity: error.severity, code: error.code };
    },
  );
process.stdout.write(`${JSON.stringify(end)}\n`, () => process.exit(0));
