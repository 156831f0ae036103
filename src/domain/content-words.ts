import type { Inventory } from './inventory.js';

/** DICOM SOP classes (PS3.4 B.5 and PS3.3) that people know by a name. */
const KNOWN: Readonly<Record<string, readonly [one: string, several: string]>> = {
  '1.2.840.10008.5.1.4.1.1.481.2': ['RT Dose', 'RT Doses'],
  '1.2.840.10008.5.1.4.1.1.481.1': ['RT Image', 'RT Images'],
  '1.2.840.10008.5.1.4.1.1.481.9': ['RT Ion Beams Treatment Record', 'RT Ion Beams Treatment Records'],
  '1.2.840.10008.5.1.4.1.1.4': ['MR slice', 'MR slices'],
  '1.2.840.10008.5.1.4.1.1.128': ['PET slice', 'PET slices'],
  '1.2.840.10008.5.1.4.1.1.66.1': ['spatial registration', 'spatial registrations'],
  '1.2.840.10008.5.1.4.1.1.2.1': ['enhanced CT', 'enhanced CTs'],
};
const OTHER = ['other DICOM object', 'other DICOM objects'] as const;
/** What the treatment machine writes of a delivery (docs/intake.md). */
const DELIVERY_LOG = /(^|\/)(PlanInfo\.txt|PlanRange\.(txt|csv)|[^/]+\.ptn)$/i;

/** `12 CT slices, 1 structure set, 3 files that are no DICOM`: what lies in a folder without a plan; '' for nothing known. */
export function contentWords({ ctSlices, structureSets, otherObjects, directories, notDicom }: Inventory): string {
  const logs = notDicom.filter((path) => DELIVERY_LOG.test(path)).length;
  return [
    counted(ctSlices.length, 'CT slice', 'CT slices'),
    counted(structureSets.length, 'structure set', 'structure sets'),
    ...otherWords(otherObjects),
    counted(directories.length, 'DICOMDIR', 'DICOMDIRs'),
    counted(logs, 'delivery log file', 'delivery log files'),
    counted(notDicom.length - logs, 'file that is no DICOM', 'files that are no DICOM'),
  ]
    .filter((words) => words !== '')
    .join(', ');
}

/** What to do about a folder without a plan, by what it holds instead. */
export function planRemedy({ ctSlices, structureSets, otherObjects, directories, notDicom, files }: Inventory): string {
  const isAll = (count: number): boolean => count > 0 && count === files;
  if (isAll(directories.length))
    return 'a DICOMDIR only lists objects: copy those that it lists, with the RT Ion Plan among them';
  if (isAll(notDicom.length) && notDicom.some((path) => DELIVERY_LOG.test(path))) {
    return 'put the RT Ion Plan that was delivered into the folder beside its delivery logs: the changed folder is taken as a new run';
  }
  const isForAnother = ctSlices.length + structureSets.length + otherObjects.length === 0 && notDicom.length === files;
  if (isForAnother && files > 0) return 'none if the folder is no case; else put the RT Ion Plan into it';
  return 'put the RT Ion Plan into the folder: the changed folder is taken as a new run';
}

function otherWords(objects: Inventory['otherObjects']): readonly string[] {
  const counts = new Map<readonly [string, string], number>();
  for (const { sopClassUid } of objects) {
    const words = KNOWN[sopClassUid] ?? OTHER;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([[one, several], count]) => counted(count, one, several));
}

const counted = (count: number, one: string, several: string): string =>
  count === 0 ? '' : `${String(count)} ${count === 1 ? one : several}`;

/** True when plans lie in different folders of the case folder: perhaps each of those is the case. */
export const areApart = (plans: readonly { readonly path: string }[]): boolean =>
  plans.every(({ path }) => path.includes('/')) &&
  new Set(plans.map(({ path }) => path.slice(0, path.indexOf('/')))).size === plans.length;
