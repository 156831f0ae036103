import type { BeamInput, LayerInput } from '../../src/domain/beam-input.js';
import type { BeamModel } from '../../src/domain/beam-model.js';
import type { Geometry } from '../../src/domain/geometry.js';
import type { Grid } from '../../src/domain/grid.js';
import type { Vec3 } from '../../src/domain/vector.js';

/** A beam of one 150 MeV spot of 1e9 protons along the axis, from above, at the origin. */
export function aBeamInput(change: Partial<BeamInput> = {}): BeamInput {
  const layers = change.layers ?? [aLayer()];
  const protons = layers.reduce((sum, layer) => layer.protons.reduce((part, count) => part + count, sum), 0);
  return {
    format: 'mqi-beam/1',
    caseId: 'test',
    run: 1,
    beamNumber: 1,
    beamName: 'B1',
    machine: 'G1',
    beamModel: 'test',
    radiationType: 'PROTON',
    patientPosition: 'HFS',
    gantryAngleDeg: 0,
    couchAngleDeg: 0,
    isocentreMm: [0, 0, 0],
    snoutPositionMm: null,
    virtualSadMm: null,
    rangeShifters: [],
    fractionsPlanned: 1,
    metersetUnit: 'NP',
    meterset: protons,
    protons,
    ...change,
    layers,
  };
}

export function aLayer(change: Partial<LayerInput> = {}): LayerInput {
  const protons = change.protons ?? [1e9];
  return {
    controlPointIndex: 0,
    energyMeV: 150,
    paintings: 1,
    spotSizeFwhmMm: null,
    xMm: [0],
    yMm: [0],
    meterset: protons,
    ...change,
    protons,
  };
}

/** 0.6 % energy spread, 4 mm, parallel, at every energy. */
export function aBeamModel(change: Partial<BeamModel> = {}): BeamModel {
  const entry = (energyMeV: number): BeamModel['table'][number] => ({
    energyMeV,
    energySpreadPercent: 0.6,
    sigmaAtIsocentreMm: [4, 4],
    divergenceMrad: [0, 0],
    protonsPerMu: 1e6,
  });
  return {
    name: 'test',
    description: 'for tests',
    virtualSadMm: [2000, 2000],
    table: [entry(60), entry(150), entry(250)],
    rangeShifters: {},
    ...change,
  };
}

/** Voxels of a size that fill the box between two corners. */
export function gridBetween(minMm: Vec3, maxMm: Vec3, spacing: number): Grid {
  const size = [0, 1, 2].map((a) => Math.round((maxMm[a]! - minMm[a]!) / spacing)) as [number, number, number];
  const first = [0, 1, 2].map((a) => minMm[a]! + spacing / 2) as [number, number, number];
  return { originMm: first, spacingMm: [spacing, spacing, spacing], size };
}

/** A water box with dose wanted in all of it. */
export function aPhantom(minMm: Vec3, maxMm: Vec3, spacing: number, change: Partial<Geometry> = {}): Geometry {
  return {
    format: 'mqi-geometry/1',
    kind: 'water-phantom',
    frameOfReferenceUid: '1.2.3',
    doseGrid: gridBetween(minMm, maxMm, spacing),
    ctPath: null,
    huToRsp: null,
    phantom: { minMm, maxMm },
    setToBeam: false,
    ...change,
  };
}
