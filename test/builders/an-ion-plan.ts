import type { IonBeam, IonPlan } from '../../src/domain/plan.js';
import { FRAME_UID, PLAN_UID } from './raw-ion-plan.js';

/** A treatment beam of two layers of two spots; give what the test is about. */
export const anIonBeam = (change: Partial<IonBeam> = {}): IonBeam => ({
  beamNumber: 1,
  name: 'Field 1',
  machine: 'TR1',
  radiationType: 'PROTON',
  scanMode: 'MODULATED',
  gantryAngleDeg: 90,
  couchAngleDeg: 10,
  isocentreMm: [1, -2, 3.5],
  snoutPositionMm: 250,
  virtualSadMm: [2000, 2500],
  controlPoints: 4,
  finalCumulativeMetersetWeight: 8,
  meterset: 200,
  rangeShifters: [],
  unmodelled: [],
  layers: [150, 140].map((energyMeV, i) => ({
    controlPointIndex: 2 * i,
    energyMeV,
    paintings: 1,
    spotSizeFwhmMm: [9.5, 10.5],
    xMm: [-5, 5],
    yMm: [2.5, -2.5],
    meterset: [25, 75],
  })),
  ...change,
});

export const anIonPlan = (change: Partial<IonPlan> = {}): IonPlan => ({
  sopInstanceUid: PLAN_UID,
  studyInstanceUid: '1.2.3.4.6',
  frameOfReferenceUid: FRAME_UID,
  label: 'Plan A',
  patientId: 'PID-1',
  patientPosition: 'HFS',
  referencedStructureSetUid: '1.2.3.4.8',
  fractionGroupNumber: 1,
  fractionsPlanned: 30,
  metersetUnit: 'MU',
  beams: [anIonBeam()],
  setupBeams: [],
  remarks: [],
  ...change,
});
