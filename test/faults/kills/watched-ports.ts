import { basename } from 'node:path';
import type { ContainerInstance, Token } from 'typedi';
import type { Receipt } from '../../../src/domain/receipt.js';
import { BeamStore, type BeamMove } from '../../../src/ports/beam-store.js';
import type { TargetState } from '../../../src/domain/target-state.js';
import { CaseUploadStore, type UploadEnd } from '../../../src/ports/case-upload-store.js';
import { CaseStore, type CaseCommit, type ClaimRequest } from '../../../src/ports/case-store.js';
import { Database } from '../../../src/ports/database.js';
import { DoseMaker } from '../../../src/ports/dose-maker.js';
import { Engine } from '../../../src/ports/engine.js';
import { Host } from '../../../src/ports/host.js';
import { InstanceLock } from '../../../src/ports/instance-lock.js';
import { Interpreter } from '../../../src/ports/interpreter.js';
import { ReceiptStore } from '../../../src/ports/receipt-store.js';
import { ResourceStore } from '../../../src/ports/resource-store.js';
import { Scheduler } from '../../../src/ports/scheduler.js';
import { TargetStore } from '../../../src/ports/target-store.js';
import { UploadTargets } from '../../../src/ports/upload-target.js';
import { reached } from './reached.js';

/** By method: what a call with these arguments is called. */
type Names = Readonly<Record<string, (args: readonly unknown[]) => string>>;

const named =
  (name: string): ((args: readonly unknown[]) => string) =>
  () =>
    name;

/**
 * Calls that change something outside the caller, by port: each is a point before and after. In an order in which no
 * port is made before those it is made of. Calls that only read are none: to die there is to die after the last of these.
 */
const PORTS: readonly (readonly [Token<unknown>, Names])[] = [
  [InstanceLock, { acquire: named('lock taken'), release: named('lock released') }],
  [Database, { open: named('database opened'), close: named('database closed') }],
  [ResourceStore, { sync: named('places recorded') }],
  [
    CaseStore,
    {
      register: named('case registered'),
      releaseOrphans: named('leases of the dead freed'),
      claimDue: ([request]) => `claim for ${(request as ClaimRequest).steps.join()}`,
      commit: ([, commit]) => `case ${(commit as CaseCommit).transition?.to ?? 'put back'}`,
    },
  ],
  [
    BeamStore,
    { beginAttempt: named('attempt begun'), move: ([, move]) => `beam moved by ${(move as BeamMove).event}` },
  ],
  [ReceiptStore, { record: ([receipt]) => `receipt ${(receipt as Receipt).status}` }],
  [
    CaseUploadStore,
    {
      begin: named('delivery begun'),
      end: ([, end]) => `delivery ${(end as UploadEnd).state}`,
      again: named('delivery asked for again'),
    },
  ],
  [TargetStore, { save: ([row]) => `target ${(row as TargetState).state}` }],
  [
    Host,
    {
      makeFolder: named('attempt folder made'),
      createExclusive: ([path]) => `${basename(path as string)} created`,
      startDetached: named('process started'),
    },
  ],
  [Scheduler, { submit: named('job submitted'), wait: named('job ended') }],
  [Interpreter, { interpret: named('beams interpreted') }],
  [Engine, { prepare: named('engine prepared'), judge: named('result judged') }],
  [DoseMaker, { beamDose: named('beam dose made'), planDose: named('plan dose made') }],
];

const TARGET: Names = { deliver: named('object delivered'), finish: named('delivery finished') };

/** Puts a watch before the ports of a container of which nothing was asked yet. */
export function watchPorts(container: ContainerInstance): void {
  for (const [port, names] of PORTS) container.set(port, watched(container.get(port) as object, names));
  container.set(
    UploadTargets,
    container.get(UploadTargets).map((target) => watched(target, TARGET)),
  );
}

function watched<T extends object>(real: T, names: Names): T {
  return new Proxy(real, {
    get: (_, key): unknown => {
      const value: unknown = Reflect.get(real, key);
      if (typeof value !== 'function') return value;
      const name = names[String(key)];
      const call = (...args: unknown[]): unknown => Reflect.apply(value, real, args);
      return name === undefined ? call : (...args: unknown[]) => watchedCall(name(args), () => call(...args));
    },
  });
}

async function watchedCall(name: string, call: () => unknown): Promise<unknown> {
  const isClaim = name.startsWith('claim');
  if (!isClaim) reached(`${name}: before`);
  const result = await call();
  // Most claims find nothing.
  if (!isClaim || (result as readonly unknown[]).length > 0) reached(`${name}: after`);
  return result;
}
