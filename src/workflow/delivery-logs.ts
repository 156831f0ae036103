import { Inject, Service } from 'typedi';
import type { Accepted } from '../domain/accepted-case.js';
import type { Case } from '../domain/case.js';
import { acceptDeliveries, logsOfBeams } from '../domain/delivery-acceptance.js';
import { deliveryFolders } from '../domain/delivery-folders.js';
import { SCALED_TO_PLAN } from '../domain/delivery-remarks.js';
import type { Folders } from '../domain/folders.js';
import type { Inventory } from '../domain/inventory.js';
import { calibratedMachine } from '../domain/machine.js';
import type { CalibratedMachine } from '../domain/machine.js';
import type { IonPlan } from '../domain/plan.js';
import type { EpochMs } from '../domain/time.js';
import { Clock } from '../ports/clock.js';
import { DeliveryReader } from '../ports/delivery-reader.js';
import { Settings } from '../ports/settings.js';
import { WorkFolders } from '../ports/work-folders.js';

/** `accept` without a reference fraction: the case is calculated from its plan. */
type LogsAcceptance =
  | ({ readonly do: 'accept' } & Pick<Accepted, 'deliveries' | 'referenceFraction' | 'remarks'>)
  | { readonly do: 'wait'; readonly waitingFor: string };

/**
 * Whether a case is calculated from its delivery logs, and whether they are all there
 * (docs/adr/0051-what-auto-does-with-delivery-logs.md).
 */
@Service()
export class DeliveryLogs {
  constructor(
    @Inject(DeliveryReader) private readonly reader: DeliveryReader,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(WorkFolders) private readonly folders: Folders,
  ) {}

  /** @throws input `delivery.*`; operator `delivery.no-calibration`; transient `delivery.unreadable` */
  async accept(kase: Case, inventory: Inventory, plan: IonPlan, signal: AbortSignal): Promise<LogsAcceptance> {
    const folders = deliveryFolders(inventory);
    switch (this.settings.interpretation.kind) {
      case 'command':
        return fromPlan([]);
      case 'plan':
        return fromPlan(folders.length === 0 ? [] : [unused(folders, 'interpretation.kind is plan')]);
      case 'auto':
        if (folders.length === 0) return fromPlan([]);
        if (this.settings.machines.every(({ calibration }) => calibration === null)) {
          return fromPlan([unused(folders, 'no machine has a calibration (machines[].calibration)')]);
        }
        return this.#fromLogs(kase, folders, plan, signal);
      case 'shi-log':
        return this.#fromLogs(kase, folders, plan, signal);
    }
  }

  async #fromLogs(kase: Case, folders: readonly string[], plan: IonPlan, signal: AbortSignal): Promise<LogsAcceptance> {
    const machine = calibratedMachine(this.settings.machines, plan.beams);
    if (folders.length === 0) return { do: 'wait', waitingFor: logsOfBeams(plan.beams.length) };
    const found = await this.reader.headers(this.folders.dropped(kase), folders, signal);
    const acceptance = acceptDeliveries(found, plan, machineClock(this.clock.now()));
    if (acceptance.do === 'wait') return acceptance;
    return { ...acceptance, remarks: [...acceptance.remarks, ...machineRemarks(machine)] };
  }
}

const fromPlan = (remarks: readonly string[]): LogsAcceptance => {
  return { do: 'accept', deliveries: [], referenceFraction: null, remarks };
};

const unused = ({ length }: readonly string[], why: string): string =>
  `calculated from the plan: ${String(length)} ${length === 1 ? 'folder' : 'folders'} of delivery logs not used, since ${why}`;

function machineRemarks({ gantryNumber, calibration }: CalibratedMachine): readonly string[] {
  return [
    ...(gantryNumber === null ? [] : [`delivered on gantry ${String(gantryNumber)}`]),
    ...(calibration.countsPerMu === null ? [SCALED_TO_PLAN] : []),
  ];
}

/**
 * TCSC_IRRAD_DATETIME is a wall clock without a zone and read as if it were UTC (docs/adr/0050-fractions-from-delivery-logs.md);
 * so is our own, which is taken to be in the machine's zone.
 */
const machineClock = (now: EpochMs): EpochMs => now - new Date(now).getTimezoneOffset() * 60_000;
