import { createServer } from 'node:net';
import type { AuditTrail } from '../../ports/audit-trail.js';
import type { Database } from '../../ports/database.js';
import type { LockHolder } from '../../ports/instance-lock.js';
import type { Settings } from '../../ports/settings.js';
import type { UploadTarget } from '../../ports/upload-target.js';
import { broken, fine, type Finding } from './finding.js';

/** Of a database that is open. */
export async function checkSoundness(
  { database: { kind } }: Settings,
  database: Database,
): Promise<readonly Finding[]> {
  const problems = await database.check();
  const remedy = 'stop the service, keep a copy of the database, and go back to the last backup';
  return problems.length === 0
    ? [fine('database', `${kind}, sound`)]
    : problems.map((problem) => broken('database', problem, remedy));
}

/** Every row follows from the one before it, and those that were noted elsewhere are there. */
export async function checkAudit(audit: Pick<AuditTrail, 'verify'>): Promise<Finding> {
  const { head, anchors, findings } = await audit.verify();
  if (findings.length > 0) {
    const message = `the chain is broken in ${String(findings.length)} places`;
    return broken('audit trail', message, 'mqi audit verify names them; find out who changed the table');
  }
  return fine(
    'audit trail',
    `${String(head?.seq ?? 0)} rows, sound; ${String(anchors)} noted elsewhere and found again`,
  );
}

export async function checkTarget(target: UploadTarget): Promise<readonly Finding[]> {
  const name = `upload ${target.name}`;
  const problems = await target.check();
  return problems.length === 0
    ? [fine(name, `${target.kind}, works`)]
    : problems.map((problem) => broken(name, problem, 'mend the target, or its entry in uploads'));
}

/** Stores a test object, where the configuration allows it for the target. */
export async function checkStoring(target: UploadTarget, signal: AbortSignal): Promise<readonly Finding[]> {
  const stored = await target.tryStoring?.(signal);
  if (stored === undefined) return [];
  const name = `upload ${target.name}, test object`;
  return [
    stored.ok
      ? fine(name, stored.words)
      : broken(name, stored.words, 'mend the target, or its entry in uploads; look there for the test object'),
  ];
}

export const serviceFinding = (holder: LockHolder | null): Finding =>
  fine('service', holder === null ? 'not running' : `running on ${holder.host} as process ${String(holder.pid)}`);

/** The port is free, unless the service itself is there. */
export function checkWebPort({ web: { enabled, host, port } }: Settings, running: boolean): Promise<Finding> {
  if (!enabled) return Promise.resolve(fine('web', 'switched off'));
  const where = `${host}:${String(port)}`;
  if (running || port === 0) return Promise.resolve(fine('web', port === 0 ? 'any free port' : where));
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(
        broken('web', `${where} cannot be listened on`, 'end the program that does, or change web.port or web.host'),
      );
    });
    probe.listen(port, host, () => {
      probe.close(() => {
        resolve(fine('web', `${where} is free`));
      });
    });
  });
}
