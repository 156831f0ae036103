import { join } from 'node:path';
import { REPORT_NAME } from './delivery-report.js';
import { CLEANED_NAME } from './retention.js';

/** Where everything lies below the root (docs: product folders). Paths only; nothing here touches the disk. */
export class Folders {
  constructor(
    /** Absolute. */
    readonly root: string,
    /** Absolute; read-only to us. */
    readonly inbox: string,
  ) {}

  readonly serviceLog = (): string => join(this.root, 'logs', 'mqi.log');
  /** What was seen of the inbox, so that a share that is away is known for one after a restart too. */
  readonly inboxSeen = (): string => join(this.root, 'inbox-seen.json');
  readonly caseLog = (caseId: string): string => join(this.root, 'logs', 'cases', `${caseId}.log`);
  /** The dropped folder itself. */
  readonly dropped = (folder: string): string => join(this.inbox, folder);
  /** Everything made on the way for one run of a case. */
  readonly work = (kase: { readonly id: string; readonly run: number }): string =>
    join(this.root, 'work', kase.id, String(kase.run));
  /** There once the work folder was cleaned (domain/retention.ts). */
  readonly cleaned = (kase: { readonly id: string; readonly run: number }): string =>
    join(this.work(kase), CLEANED_NAME);
  /** The plan as it was read, kept so that later steps do not depend on the inbox. */
  readonly planCopy = (kase: { readonly id: string; readonly run: number }): string =>
    join(this.work(kase), 'input', 'plan.dcm');
  /** What validation found, for the later steps (domain/accepted-case.ts). */
  readonly inventory = (kase: { readonly id: string; readonly run: number }): string =>
    join(this.work(kase), 'inventory.json');
  readonly ctImage = (kase: { readonly id: string; readonly run: number }): string =>
    join(this.work(kase), 'input', 'ct.mha');
  /** Where a site's own interpreter runs; made anew for each run of it. */
  readonly interpretation = (kase: { readonly id: string; readonly run: number }): string =>
    join(this.work(kase), 'interpretation');
  /** Planned against delivered (domain/delivery-report.ts). */
  readonly deliveryReport = (kase: { readonly id: string; readonly run: number }): string =>
    join(this.work(kase), REPORT_NAME);
  readonly beam = (kase: { readonly id: string; readonly run: number }, beamNumber: number): string =>
    join(this.work(kase), `beam-${String(beamNumber).padStart(3, '0')}`);
  readonly beamInput = (kase: { readonly id: string; readonly run: number }, beamNumber: number): string =>
    join(this.beam(kase, beamNumber), 'beam.json');
  readonly geometry = (kase: { readonly id: string; readonly run: number }, beamNumber: number): string =>
    join(this.beam(kase, beamNumber), 'geometry.json');
  readonly attempt = (
    kase: { readonly id: string; readonly run: number },
    beamNumber: number,
    attempt: number,
  ): string => join(this.beam(kase, beamNumber), `attempt-${String(attempt)}`);
  /** RT Dose of a beam, before delivery. */
  readonly beamDose = (kase: { readonly id: string; readonly run: number }, beamNumber: number): string =>
    join(this.work(kase), 'dose', `RD.${String(beamNumber).padStart(3, '0')}.dcm`);
  readonly planDose = (kase: { readonly id: string; readonly run: number }): string =>
    join(this.work(kase), 'dose', 'RD.plan.dcm');
}
