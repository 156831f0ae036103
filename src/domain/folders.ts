import { join } from 'node:path';
import { unknownInbox, type CaseFolder } from './case-folder.js';
import { REPORT_NAME } from './delivery-report.js';
import { CLEANED_NAME } from './retention.js';

/** Where everything lies below the root (docs: product folders). Paths only; nothing here touches the disk. */
export class Folders {
  constructor(
    /** Absolute. */
    readonly root: string,
    /** Absolute; read-only to us. */
    readonly inbox: string,
    /** Further inboxes by name, absolute. */
    private readonly further: ReadonlyMap<string, string> = new Map(),
  ) {}

  /** Who may log in to the web page. */
  readonly users = (): string => join(this.root, 'users.json');
  /** Number and hash of each row of the audit trail. */
  readonly auditAnchors = (): string => join(this.root, 'audit-anchors');
  readonly serviceLog = (): string => join(this.root, 'logs', 'mqi.log');
  /** What was seen of the inbox, so that a share that is away is known for one after a restart too. */
  readonly inboxSeen = (inbox = ''): string =>
    join(this.root, inbox === '' ? 'inbox-seen.json' : `inbox-seen.${inbox}.json`);
  readonly caseLog = (caseId: string): string => join(this.root, 'logs', 'cases', `${caseId}.log`);
  /** All inboxes by name, absolute; the first one, which has none, first. */
  readonly inboxes = (): ReadonlyMap<string, string> => new Map([['', this.inbox], ...this.further]);
  /** The dropped folder itself. Throws operator `intake.unknown-inbox` where the inbox is no longer configured. */
  readonly dropped = ({ inbox, folder }: CaseFolder): string => {
    const path = this.inboxes().get(inbox);
    if (path === undefined) throw unknownInbox(inbox);
    return join(path, folder);
  };
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
