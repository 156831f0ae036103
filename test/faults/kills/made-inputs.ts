import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SyntheticCaseMaker } from '../../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { FaultRoot } from './fault-root.js';

const FAKE_ENGINE = fileURLToPath(new URL('../../../../scripts/fake-engine.mjs', import.meta.url));

/** A case folder to copy into inboxes, and a dose that the copying engine may give for its beams. */
export interface MadeInputs {
  readonly folder: string;
  readonly doseFile: string;
  remove(): void;
}

/**
 * A small case, and a dose for it by one run of the service with an engine that calculates nothing. In a run of many files
 * (`MQI_TEST_SHARED` names its folder) the first that wants them makes them, for all.
 */
export async function madeInputs(beams: number): Promise<MadeInputs> {
  const shared = process.env['MQI_TEST_SHARED'];
  const place = await (shared === undefined ? make(tmpdir(), beams) : madeOnce(shared, beams));
  return {
    folder: join(place, 'case'),
    doseFile: join(place, 'dose.mha'),
    remove: () => {
      if (shared === undefined) rmSync(place, { recursive: true, force: true });
    },
  };
}

/** Two files that begin together make them both; one is kept, as they are the same. */
async function madeOnce(shared: string, beams: number): Promise<string> {
  const place = join(shared, `made-${String(beams)}`);
  if (existsSync(place)) return place;
  const ours = await make(shared, beams);
  try {
    renameSync(ours, place);
  } catch (thrown) {
    if (!existsSync(place)) throw thrown;
    rmSync(ours, { recursive: true });
  }
  return place;
}

async function make(within: string, beams: number): Promise<string> {
  const place = mkdtempSync(join(within, 'mqi-made-'));
  const folder = join(place, 'case');
  const small = { beams, layers: 1, spotsPerLayer: 1, withCt: false, withDeliveryLogs: false, seed: 1 };
  await new SyntheticCaseMaker().make(folder, small);
  const argv = [process.execPath, FAKE_ENGINE, '--geometry', '{geometry}', '--output', '{output}'];
  const root = new FaultRoot({ engine: 'command', engineSeconds: 0, slots: 2, doseFile: null, argv });
  try {
    root.drop(folder, 'case');
    const { code, output } = await root.runToEnd();
    const work = join(root.path, 'work');
    const dose = readdirSync(work, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('/dose.mha'));
    if (code !== 0 || dose === undefined) throw new Error(`no dose was made: ${output}`);
    cpSync(join(work, dose), join(place, 'dose.mha'));
  } finally {
    root.remove();
  }
  return place;
}
