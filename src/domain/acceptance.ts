import type { BeamFigures } from './beam.js';
import { areApart, contentWords, planRemedy } from './content-words.js';
import { agrees, chooseCt } from './ct-choice.js';
import { ctCompleteness } from './ct-completeness.js';
import { input } from './errors.js';
import type { CaseError } from './errors.js';
import type { CtSlice, Inventory, PlanFile, StructureSetFile } from './inventory.js';
import type { IonBeam, IonPlan } from './plan.js';
import { printableName } from './printable-name.js';

export type GeometryKind = 'auto' | 'ct' | 'water-phantom';

/** `accept`: everything is there. `wait`: something is missing that may still come. What is wrong is thrown (input). */
export type Acceptance =
  | {
      readonly do: 'accept';
      readonly figures: readonly BeamFigures[];
      /** Slices to calculate on, ascending; none: a water phantom. */
      readonly ctSlices: readonly CtSlice[];
      readonly remarks: readonly string[];
    }
  | { readonly do: 'wait'; readonly waitingFor: string };

const NAMES_SHOWN = 5;

/**
 * The one RT Ion Plan of the case.
 * @throws input `plan.none`, `plan.not-ion`, `plan.several`, naming the files
 */
export function choosePlan(inventory: Inventory): PlanFile {
  const { ionPlans, otherPlans } = inventory;
  const [plan, ...more] = ionPlans;
  if (plan !== undefined && more.length === 0) return plan;
  if (plan !== undefined) {
    throw input('plan.several', `the folder has ${String(ionPlans.length)} RT Ion Plans: ${names(ionPlans)}`, {
      remedy: areApart(ionPlans)
        ? 'if each folder in it is a case, set the layout of the inbox one level deeper; else leave one plan in the folder'
        : 'leave one plan in the folder, and drop the others as cases of their own',
    });
  }
  if (otherPlans.length > 0) {
    throw input('plan.not-ion', `the folder has no RT Ion Plan, only photon or electron plans: ${names(otherPlans)}`, {
      remedy: 'export the proton plan as RT Ion Plan into the folder',
    });
  }
  throw noPlan(inventory);
}

/**
 * The rules of acceptance on what the folder holds and what its plan says (docs/dicom-conformance.md).
 * @throws input `case.patient-mismatch`, `structures.frame-mismatch`, `ct.*`
 */
export function acceptCase(dropped: Inventory, plan: IonPlan, geometry: GeometryKind): Acceptance {
  const { inventory, remarks: strangers } = ofOnePatient(dropped, plan);
  const figures = plan.beams.map(beamFigures);
  const own = ownStructureSets(inventory, plan);
  const remarks = [...plan.remarks, ...strangers, ...own.remarks, ...fileRemarks(inventory)];
  if (geometry === 'water-phantom') return { do: 'accept', figures, ctSlices: [], remarks };
  const ct = chooseCt(inventory, plan, own.structureSets);
  if (ct.slices.length === 0) {
    if (geometry === 'ct') return { do: 'wait', waitingFor: withUnreadable('CT is missing', inventory) };
    return { do: 'accept', figures, ctSlices: [], remarks };
  }
  const { missing, remarks: found } = ctCompleteness(ct.slices, own.structureSets);
  if (missing !== null) return { do: 'wait', waitingFor: withUnreadable(missing, inventory) };
  const all = [...remarks, ...ct.remarks, ...found, ...positionRemarks(ct.slices, plan)];
  return { do: 'accept', figures, ctSlices: ct.slices, remarks: all };
}

/** What a case may wait for. */
export type Lacking = 'manifest' | 'ct' | 'delivery' | 'settling';

const TIMEOUT_CODES: Readonly<Record<Lacking, string>> = {
  manifest: 'intake.manifest-timeout',
  ct: 'ct.incomplete-timeout',
  delivery: 'delivery.incomplete-timeout',
  settling: 'intake.unsettled-timeout',
};

/** The error a case ends with that has waited for the whole limit: the same list, and what to do. */
export function waitedTooLong(waitingFor: string, hours: number, lacks: Lacking): CaseError {
  const remedy =
    lacks === 'settling'
      ? 'end what goes on writing to the folder; where a ready marker is used, write it: the folder is then taken as a new run'
      : 'copy the missing files into the folder: the changed folder is taken as a new run';
  return input(TIMEOUT_CODES[lacks], `waited ${String(hours)} h in vain for ${waitingFor} (intake.incompleteHours)`, {
    remedy,
  });
}

function beamFigures(beam: IonBeam): BeamFigures {
  const energies = beam.layers.map((layer) => layer.energyMeV);
  return {
    beamNumber: beam.beamNumber,
    name: beam.name,
    machine: beam.machine,
    gantryAngleDeg: beam.gantryAngleDeg,
    layers: beam.layers.length,
    spots: beam.layers.reduce((sum, layer) => sum + layer.meterset.length, 0),
    meterset: beam.meterset,
    energyMinMeV: Math.min(...energies),
    energyMaxMeV: Math.max(...energies),
  };
}

/**
 * Identifiers are compared, never shown. A structure set of another patient beside a plan without CT is left out of
 * account, with a remark: nothing is calculated from it (docs/adr/0005-structure-set-without-ct.md).
 */
function ofOnePatient(
  inventory: Inventory,
  plan: IonPlan,
): { readonly inventory: Inventory; readonly remarks: string[] } {
  const isStranger = ({ patientId }: { readonly patientId: string }): boolean =>
    patientId.trim() !== plan.patientId.trim();
  const slices = inventory.ctSlices.filter(isStranger);
  if (slices.length > 0) throw patientMismatch('CT', slices);
  const sets = inventory.structureSets.filter(isStranger);
  if (sets.length === 0) return { inventory, remarks: [] };
  if (inventory.ctSlices.length > 0) throw patientMismatch('structure set', sets);
  const structureSets = inventory.structureSets.filter((set) => !isStranger(set));
  const remark = `not used, since it carries another patient ID than the plan: ${names(sets)}`;
  return { inventory: { ...inventory, structureSets }, remarks: [remark] };
}

function patientMismatch(kind: string, files: readonly { readonly path: string }[]): CaseError {
  return input('case.patient-mismatch', `patient IDs of plan and ${kind} differ: ${names(files)}`, {
    remedy: 'check whose data this is; leave only files of the plan’s patient in the folder',
  });
}

/**
 * Structure sets that are the plan's own: the one it refers to, or, since that reference often lies, the only one there.
 * Their frame of reference must be the plan's. Others are left out of account.
 */
function ownStructureSets(
  inventory: Inventory,
  plan: IonPlan,
): { readonly structureSets: readonly StructureSetFile[]; readonly remarks: readonly string[] } {
  const all = inventory.structureSets;
  const referenced = all.filter((set) => set.sopInstanceUid === plan.referencedStructureSetUid);
  const remarks: string[] = [];
  if (all.length > 0 && referenced.length === 0) {
    remarks.push('the structure set the plan refers to is not in the folder; the one there is another');
  }
  const candidates = referenced.length > 0 ? referenced : all;
  const inFrame = candidates.filter((set) => agrees(set.frameOfReferenceUid, plan.frameOfReferenceUid));
  const [stranger] = candidates;
  if (inFrame.length === 0 && stranger !== undefined) {
    throw input(
      'structures.frame-mismatch',
      `plan and structure set ${printableName(stranger.path)} differ in frame of reference`,
      {
        remedy: 'put the structure set the plan was made with into the folder, or none',
      },
    );
  }
  if (inFrame.length < all.length) {
    remarks.push(`${String(all.length - inFrame.length)} structure sets in the folder are not the plan’s`);
  }
  return { structureSets: inFrame, remarks };
}

function fileRemarks({ otherPlans, unreadable }: Inventory): readonly string[] {
  const remarks: string[] = [];
  if (otherPlans.length > 0) remarks.push(`not used, since no ion plan: ${names(otherPlans)}`);
  if (unreadable.length > 0) remarks.push(`not used: ${reasons(unreadable)}`);
  return remarks;
}

function positionRemarks(slices: readonly CtSlice[], plan: IonPlan): readonly string[] {
  const ctPosition = slices[0]?.patientPosition ?? null;
  if (ctPosition === null || plan.patientPosition === '' || ctPosition === plan.patientPosition) return [];
  return [`the CT was taken ${code(ctPosition)}, the plan is for ${code(plan.patientPosition)}`];
}

/** A code string from a file, shown only if it looks like one. */
const code = (text: string): string => (/^[A-Z0-9]{1,16}$/.test(text) ? text : 'in an unknown position');

function noPlan(inventory: Inventory): CaseError {
  const { files, unreadable } = inventory;
  const remedy = planRemedy(inventory);
  if (files === 0) return input('plan.none', 'the folder is empty', { remedy });
  const content = contentWords(inventory);
  const held = content === '' ? '' : `: ${content}`;
  const found = unreadable.length === 0 ? '' : `; could not be read: ${reasons(unreadable)}`;
  return input('plan.none', `the folder has no RT Ion Plan among its ${filesWords(files)}${held}${found}`, { remedy });
}

const filesWords = (files: number): string => (files === 1 ? '1 file' : `${String(files)} files`);

function withUnreadable(text: string, { unreadable }: Inventory): string {
  return unreadable.length === 0 ? text : `${text}; could not be read: ${reasons(unreadable)}`;
}

const names = (files: readonly { readonly path: string }[]): string =>
  shown(files.map((file) => printableName(file.path)));

const reasons = (files: Inventory['unreadable']): string =>
  shown(files.map(({ path, reason }) => `${printableName(path)} (${reason})`));

function shown(texts: readonly string[]): string {
  const more = texts.length - NAMES_SHOWN;
  return texts.slice(0, NAMES_SHOWN).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}
