import { input } from './errors.js';
import type { CtSlice, Inventory, StructureSetFile } from './inventory.js';
import type { IonPlan } from './plan.js';
import { printableName } from './printable-name.js';

export interface CtChoice {
  /** Slices of the one series that is calculated on, each once; none when the folder has no CT. */
  readonly slices: readonly CtSlice[];
  readonly remarks: readonly string[];
}

const ENHANCED_CT = '1.2.840.10008.5.1.4.1.1.2.1';

/**
 * The CT series the plan was made on: the one in the plan's frame of reference, and of several there the one the
 * structure sets refer to. References are hints: what decides is the frame of reference, and doubt rejects.
 * @throws input `ct.frame-mismatch`, `ct.several-series`, `ct.not-readable`
 */
export function chooseCt(inventory: Inventory, plan: IonPlan, structureSets: readonly StructureSetFile[]): CtChoice {
  const series = seriesOf(inventory.ctSlices);
  if (series.length === 0) return withoutSlices(inventory);
  const frame = plan.frameOfReferenceUid ?? structureSets[0]?.frameOfReferenceUid ?? null;
  const inFrame = series.filter(
    (slices) => frame === null || slices.every((s) => agrees(s.frameOfReferenceUid, frame)),
  );
  if (inFrame.length === 0) {
    throw input('ct.frame-mismatch', 'the CT lies in another frame of reference than the plan', {
      remedy: 'put the CT the plan was made on into the folder, or only the plan for a calculation in water',
    });
  }
  const chosen = inFrame.length === 1 ? inFrame[0] : onlyReferenced(inFrame, structureSets);
  if (chosen === undefined) throw severalSeries(inFrame);
  const slices = once(chosen);
  return { slices, remarks: choiceRemarks(series.length - 1, chosen.length - slices.length, slices) };
}

function choiceRemarks(seriesLeft: number, copies: number, slices: readonly CtSlice[]): readonly string[] {
  const remarks: string[] = [];
  if (seriesLeft > 0) remarks.push(`${String(seriesLeft)} other CT series in the folder is not used`);
  if (copies > 0) remarks.push(`${String(copies)} CT files are copies of others`);
  if (slices.some((slice) => slice.frameOfReferenceUid === null)) remarks.push('the CT has no Frame of Reference UID');
  return remarks;
}

/** Null means not said, which contradicts nothing. */
export const agrees = (a: string | null, b: string | null): boolean => a === null || b === null || a === b;

/** Structure sets that name the series, or planes of it. */
export function refersTo(structureSet: StructureSetFile, slices: readonly CtSlice[]): boolean {
  return planesOf(structureSet, slices).length > 0;
}

/** The planes a structure set lists for the series of these slices; none when it does not refer to it. */
export function planesOf(structureSet: StructureSetFile, slices: readonly CtSlice[]): readonly string[] {
  const seriesUid = slices[0]?.seriesInstanceUid;
  const uids = new Set(slices.map((slice) => slice.sopInstanceUid));
  const referenced = structureSet.referencedSeries.filter(
    (one) => one.seriesInstanceUid === seriesUid || one.planes.some((plane) => uids.has(plane)),
  );
  return [...new Set(referenced.flatMap((one) => one.planes))];
}

function withoutSlices(inventory: Inventory): CtChoice {
  const enhanced = inventory.otherObjects.find((one) => one.sopClassUid === ENHANCED_CT);
  if (enhanced === undefined) return { slices: [], remarks: [] };
  throw input(
    'ct.not-readable',
    `${printableName(enhanced.path)} is an Enhanced (multi-frame) CT, which is not readable`,
    {
      remedy: 'export the CT as single slices (CT Image Storage)',
    },
  );
}

function seriesOf(slices: readonly CtSlice[]): readonly (readonly CtSlice[])[] {
  const series = new Map<string, CtSlice[]>();
  for (const slice of slices) {
    const known = series.get(slice.seriesInstanceUid);
    if (known === undefined) series.set(slice.seriesInstanceUid, [slice]);
    else known.push(slice);
  }
  return [...series.values()];
}

function onlyReferenced(
  series: readonly (readonly CtSlice[])[],
  structureSets: readonly StructureSetFile[],
): readonly CtSlice[] | undefined {
  const referenced = series.filter((slices) => structureSets.some((set) => refersTo(set, slices)));
  return referenced.length === 1 ? referenced[0] : undefined;
}

function once(slices: readonly CtSlice[]): readonly CtSlice[] {
  const byUid = new Map(
    slices.map((slice) => [slice.sopInstanceUid === '' ? slice.path : slice.sopInstanceUid, slice]),
  );
  return [...byUid.values()];
}

const severalSeries = (series: readonly (readonly CtSlice[])[]) =>
  input(
    'ct.several-series',
    `the folder has ${String(series.length)} CT series in the plan's frame of reference ` +
      `(${series.map((slices) => String(slices.length)).join(', ')} slices) and nothing says which one was planned on`,
    { remedy: 'leave only the planning CT in the folder' },
  );
