import { beamId, type Beam, type BeamFigures } from '../../src/domain/beam.js';

/** What a plan says of a beam. */
export function someFigures(change: Partial<BeamFigures> = {}): BeamFigures {
  return {
    beamNumber: 1,
    name: 'G270',
    machine: 'G1',
    gantryAngleDeg: 270,
    layers: 12,
    spots: 480,
    meterset: 95.5,
    energyMinMeV: 82.3,
    energyMaxMeV: 151.7,
    ...change,
  };
}

/** A pending beam of case `c1`; give what the test is about. The id follows from case and number. */
export function aBeam(change: Partial<Beam> = {}): Beam {
  const figures = someFigures();
  const caseId = change.caseId ?? 'c1';
  return {
    ...figures,
    id: beamId(caseId, change.beamNumber ?? figures.beamNumber),
    caseId,
    state: 'pending',
    version: 1,
    progress: 0,
    attempt: 0,
    failures: 0,
    notBefore: null,
    job: null,
    waitingFor: null,
    resourceId: null,
    host: null,
    startedAt: null,
    finishedAt: null,
    error: null,
    resultPath: null,
    resultSha256: null,
    ...change,
  };
}
