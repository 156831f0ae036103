import type { CtSlice, Inventory, PlanFile, StructureSetFile } from '../../src/domain/inventory.js';
import { FRAME_UID, PLAN_UID } from './raw-ion-plan.js';

/** Of one patient, study and frame of reference. */
const common = { studyInstanceUid: '1.2.3.4.6', frameOfReferenceUid: FRAME_UID, patientId: 'PID-1' };

export const aPlanFile = (change: Partial<PlanFile> = {}): PlanFile => ({
  ...common,
  path: 'plan.dcm',
  sopInstanceUid: PLAN_UID,
  ...change,
});

/** An axial slice of the series 1.2.3.4.70 at z; its UID follows from z. */
export const aCtSlice = (z: number, change: Partial<CtSlice> = {}): CtSlice => ({
  ...common,
  path: `ct/${String(z)}.dcm`,
  sopInstanceUid: ctUid(z),
  seriesInstanceUid: '1.2.3.4.70',
  rows: 4,
  columns: 6,
  pixelSpacingMm: [2, 1],
  positionMm: [-10, -20, z],
  orientation: [1, 0, 0, 0, 1, 0],
  patientPosition: 'HFS',
  instanceNumber: null,
  ...change,
});

export const ctUid = (z: number): string => `1.2.7.${String(Math.round(10_000 + z * 10))}`;

/** The plan's structure set, drawn on slices at these z. */
export const aStructureSet = (zs: readonly number[], change: Partial<StructureSetFile> = {}): StructureSetFile => ({
  ...common,
  path: 'rs.dcm',
  sopInstanceUid: '1.2.3.4.8',
  referencedSeries: [{ seriesInstanceUid: '1.2.3.4.70', planes: zs.map(ctUid) }],
  ...change,
});

/** A folder with the plan alone; give what the test is about. */
export const anInventory = (change: Partial<Inventory> = {}): Inventory => ({
  ionPlans: [aPlanFile()],
  otherPlans: [],
  ctSlices: [],
  structureSets: [],
  otherObjects: [],
  directories: [],
  notDicom: [],
  unreadable: [],
  files: 1,
  bytes: 1000,
  stamps: new Map(),
  ...change,
});
