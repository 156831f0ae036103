import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import type { CaseView } from '../../src/workflow/case-view.js';
import { ASK_EVERY_MS } from '../ask-mqi.js';
import type { Service } from '../e2e/service.js';
import { until } from '../until.js';

const ENGINE = fileURLToPath(new URL('../../../scripts/fake-engine.mjs', import.meta.url));

/** A dose grid of 4,000 voxels: what is written is small, except for what a test makes large. */
export const SMALL_PHANTOM = { phantom: { sizeMm: [80, 80, 80], spacingMm: 8 } };

export const INTAKE = { quietSeconds: 0.2, pollSeconds: 0.5, minFreeGiB: 0 };

/** Engines run in work/<id>/<run>/<beam>/<attempt>; as long as this file is in the root they wait. */
const GATE = '../../../../../closed';

/** Quick retries, an engine that can be kept waiting, and everything else as the faults need it. */
export function faultSettings(change: Readonly<Record<string, unknown>> = {}) {
  const wait = `while [ -e ${GATE} ]; do sleep 0.1; done; exec "$@"`;
  const argv = ['sh', '-c', wait, 'sh', process.execPath, ENGINE, '--geometry', '{geometry}', '--output', '{output}'];
  return {
    intake: INTAKE,
    geometry: SMALL_PHANTOM,
    engine: { kind: 'command', command: { argv } },
    processing: { maxRetries: 10, retryDelaySeconds: 1, retryDelayCapSeconds: 1 },
    progressTracking: { pollingIntervalSeconds: 1 },
    database: { connectionTimeoutSeconds: 1 },
    ...change,
  };
}

/** Drops a case of so many beams into the inbox of the service: whole, as a pause within it would be quiet time. */
export async function drop({ root, inbox }: Service, folder: string, beams = 2): Promise<void> {
  const wanted = { beams, layers: 1, spotsPerLayer: 4, withCt: false, withDeliveryLogs: false, seed: 1 };
  const made = join(root, `made-${folder}`);
  await new SyntheticCaseMaker().make(made, wanted);
  mkdirSync(inbox, { recursive: true }); // a test may have mounted another disk there
  renameSync(made, join(inbox, folder));
}

/** The jobs of all beams of a case that was dropped run; the gate that keeps them from ending is closed. */
export async function untilEnginesRun(service: Service, folder: string): Promise<void> {
  const isCalculated = ({ state }: CaseView): boolean => state === 'interpreted';
  const kase = (await service.untilCases('it is calculated', [folder], isCalculated)).get(folder);
  await until(
    'its engines run',
    async () => (await service.case(kase?.id ?? '')).beams.every(({ state }) => state === 'submitted'),
    30_000,
    ASK_EVERY_MS,
  );
}

/** Engines start, and do not end, below this root: the service's, or what stands for it on another machine. */
export function closeGate({ root }: Pick<Service, 'root'>): void {
  writeFileSync(join(root, 'closed'), '');
}

export function openGate({ root }: Pick<Service, 'root'>): void {
  rmSync(join(root, 'closed'));
}
