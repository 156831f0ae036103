import type { Folders } from '../../src/domain/folders.js';
import type { BeamStore } from '../../src/ports/beam-store.js';
import type { CaseStore } from '../../src/ports/case-store.js';
import type { CaseUploadStore } from '../../src/ports/case-upload-store.js';
import type { Clock } from '../../src/ports/clock.js';
import type { DeliveryStore } from '../../src/ports/delivery-store.js';
import type { DoseMaker } from '../../src/ports/dose-maker.js';
import type { Logger } from '../../src/ports/logger.js';
import type { Nudge } from '../../src/ports/nudge.js';
import type { ReceiptStore } from '../../src/ports/receipt-store.js';
import type { Settings } from '../../src/ports/settings.js';
import type { TargetStore } from '../../src/ports/target-store.js';
import type { UploadTarget } from '../../src/ports/upload-target.js';
import { CaseDelivery } from '../../src/workflow/delivery/case-delivery.js';
import { DeliveryObjects } from '../../src/workflow/delivery/delivery-objects.js';
import { DeliveryWatch } from '../../src/workflow/delivery/delivery-watch.js';
import { TurnsApart } from '../../src/workflow/delivery/turns-apart.js';
import { TargetGates } from '../../src/workflow/delivery/target-gates.js';
import { ReportDelivery } from '../../src/workflow/steps/report-delivery.js';
import { UploadStep } from '../../src/workflow/steps/upload.js';

export interface DeliveryPorts {
  readonly targets: readonly UploadTarget[];
  readonly cases: CaseStore;
  readonly beams: BeamStore;
  readonly doses: DoseMaker;
  readonly receipts: ReceiptStore;
  readonly uploads: CaseUploadStore;
  readonly targetStates: TargetStore;
  readonly deliveries: DeliveryStore;
  readonly folders: Folders;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: Settings;
}

/** All that delivers, of one process, as the container puts it together. The watch wakes whoever is named later. */
export function someDelivery(ports: DeliveryPorts) {
  const { targets, cases, beams, doses, receipts, uploads, targetStates, deliveries, folders } = ports;
  const { clock, log, settings } = ports;
  const gates = new TargetGates(targetStates, settings, clock, log);
  const reports = new ReportDelivery(targets, deliveries, cases, folders, settings);
  const objects = new DeliveryObjects(beams, doses, folders, reports);
  const delivery = new CaseDelivery(uploads, receipts, clock, settings, gates);
  const apart = new TurnsApart(cases);
  const step = new UploadStep(uploads, clock, reports, objects, delivery, apart);
  const watchOf = (manager: Nudge): DeliveryWatch =>
    new DeliveryWatch(targets, uploads, cases, clock, log, settings, manager, gates, objects, delivery, apart);
  return { gates, step, watchOf, apart };
}
