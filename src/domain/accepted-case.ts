import type { AcceptedDelivery } from './accepted-delivery.js';
import type { CtSlice, Inventory, PlanFile } from './inventory.js';
import { permanent } from './errors.js';
import { namedInputs, type NamedInput } from './input-file.js';

/**
 * What validation leaves for the later steps: `inventory.json` in the work folder. Identifiers of the patient are left
 * out; file paths are relative to the case folder.
 */
export interface AcceptedCase {
  readonly format: 'mqi-inventory/1';
  readonly planPath: string;
  /** Slices to calculate on; none: a water phantom. */
  readonly ctSlices: readonly CtSlice[];
  readonly files: number;
  readonly bytes: number;
  /** Oddities that do not stop the calculation, in words. */
  readonly remarks: readonly string[];
  /** Every delivery of the case, of all fractions, by time; none where delivery logs are not used. */
  readonly deliveries: readonly AcceptedDelivery[];
  /** Digest of the files of each delivery (paths, sizes, times), by its folder. */
  readonly deliveryStamps: Readonly<Record<string, string>>;
  /** The fraction that is simulated; null: engine input is made of the plan. */
  readonly referenceFraction: number | null;
  /** Every file of the folder; none where the case was validated by a version that did not keep them. */
  readonly inputs: readonly NamedInput[];
}

/** What the rules of acceptance settled. */
export type Accepted = Pick<
  AcceptedCase,
  'ctSlices' | 'remarks' | 'deliveries' | 'deliveryStamps' | 'referenceFraction'
>;

export function formatAcceptedCase(inventory: Inventory, plan: PlanFile, accepted: Accepted): string {
  const { ctSlices, remarks, deliveries, deliveryStamps, referenceFraction } = accepted;
  const kept: AcceptedCase = {
    format: 'mqi-inventory/1',
    planPath: plan.path,
    ctSlices: ctSlices.map((slice) => ({ ...slice, patientId: '' })),
    files: inventory.files,
    bytes: inventory.bytes,
    remarks,
    deliveries,
    deliveryStamps,
    referenceFraction,
    inputs: namedInputs(inventory, plan.path, accepted),
  };
  return `${JSON.stringify(kept)}\n`;
}

/** Our own file read back. Throws permanent `work.damaged`. */
export function parseAcceptedCase(text: string): AcceptedCase {
  try {
    const parsed = JSON.parse(text) as Partial<AcceptedCase> | null;
    if (parsed?.format === 'mqi-inventory/1' && Array.isArray(parsed.ctSlices)) {
      // A case that was validated before there were deliveries goes on without any.
      return { deliveries: [], deliveryStamps: {}, referenceFraction: null, inputs: [], ...parsed } as AcceptedCase;
    }
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged(undefined);
}

const damaged = (cause: unknown) =>
  permanent('work.damaged', 'inventory.json in the work folder of the case is damaged', {
    cause,
    remedy: 'mqi retry ID --from validate',
  });
