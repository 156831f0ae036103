import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BeamInput } from '../../domain/beam-input.js';
import type { BeamModel } from '../../domain/beam-model.js';
import type { Geometry } from '../../domain/geometry.js';
import { phantomGeometry } from '../../domain/geometry-choice.js';
import { protonsPerMu } from '../../domain/protons-per-mu.js';
import { rangeMm } from '../../dose/proton-range.js';
import { diskError } from '../../files/disk-error.js';
import { makeFolders } from '../../files/make-folders.js';
import type { EngineRequest } from '../../ports/engine.js';
import type { Settings } from '../../ports/settings.js';

/** Within the tables of any proton machine; stops 77 mm deep in water. */
export const ENERGY_MEV = 100;
const METERSET = 100;
const BEAM_NUMBER = 1;
const ACROSS_MM = 60;
const BEHIND_MM = 25;
const SPACING_MM = 2;
/** As machines have it; an engine may let protons begin by it. */
const SNOUT_MM = 300;

/** @throws CaseError when the disk of the root does not take it */
export async function writeBeam(folder: string, beam: BeamInput, gpuUuids: readonly string[]): Promise<EngineRequest> {
  const request = {
    folder: join(folder, 'beam-001', 'attempt-1'),
    beamInputPath: join(folder, 'beam-001', 'beam.json'),
    geometryPath: join(folder, 'beam-001', 'geometry.json'),
    beamNumber: BEAM_NUMBER,
    gpuUuids,
  };
  try {
    await makeFolders(request.folder);
    await writeFile(request.beamInputPath, `${JSON.stringify(beam)}\n`);
    await writeFile(request.geometryPath, `${JSON.stringify(testGeometry())}\n`);
  } catch (thrown) {
    throw diskError(thrown);
  }
  return request;
}

const testGeometry = (): Geometry =>
  phantomGeometry('2.25.1', [0, 0, 0], {
    sizeMm: [ACROSS_MM, ACROSS_MM, Math.ceil(rangeMm(ENERGY_MEV)) + BEHIND_MM],
    spacingMm: SPACING_MM,
  });

/** One spot of one energy, straight into the phantom. */
export function testBeam(model: BeamModel, settings: Settings): BeamInput {
  const protons = METERSET * (protonsPerMu(model, ENERGY_MEV) ?? 1e6);
  return {
    format: 'mqi-beam/1',
    caseId: 'engine-test',
    run: 1,
    beamNumber: BEAM_NUMBER,
    beamName: 'TEST',
    machine: machineName(settings),
    beamModel: model.name,
    radiationType: 'PROTON',
    patientPosition: 'HFS',
    gantryAngleDeg: 0,
    couchAngleDeg: 0,
    isocentreMm: [0, 0, 0],
    snoutPositionMm: SNOUT_MM,
    virtualSadMm: null,
    rangeShifters: [],
    fractionsPlanned: 1,
    metersetUnit: 'MU',
    meterset: METERSET,
    protons,
    layers: [
      {
        controlPointIndex: 0,
        energyMeV: ENERGY_MEV,
        paintings: 1,
        spotSizeFwhmMm: null,
        xMm: [0],
        yMm: [0],
        meterset: [METERSET],
        protons: [protons],
      },
    ],
  };
}

/** A name that the first machine of the configuration fits: one with a gantry number, which some engines need. */
function machineName({ machines }: Settings): string {
  const entry = machines.find(({ gantryNumber }) => gantryNumber !== null) ?? machines[0];
  return entry?.pattern.replace(/[*?/^$]/g, '') ?? 'TEST';
}
