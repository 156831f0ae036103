import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import type { Service } from '../e2e/service.js';

const ENGINE = fileURLToPath(new URL('../../../scripts/fake-engine.mjs', import.meta.url));

/** A dose grid of 4,000 voxels: what is written is small, except for what a test makes large. */
export const SMALL_PHANTOM = { phantom: { sizeMm: [80, 80, 80], spacingMm: 8 } };

export const INTAKE = { quietSeconds: 0.2, pollSeconds: 0.5, minFreeGiB: 0 };

/** Quick retries, an engine that runs so many seconds, and everything else as the faults need it. */
export function faultSettings(engineSeconds: number, change: Readonly<Record<string, unknown>> = {}) {
  const argv = [process.execPath, ENGINE, '--geometry', '{geometry}', '--output', '{output}'];
  return {
    intake: INTAKE,
    geometry: SMALL_PHANTOM,
    engine: { kind: 'command', command: { argv: [...argv, '--seconds', String(engineSeconds)] } },
    processing: { maxRetries: 10, retryDelaySeconds: 1, retryDelayCapSeconds: 1 },
    progressTracking: { pollingIntervalSeconds: 1 },
    database: { connectionTimeoutSeconds: 1 },
    ...change,
  };
}

/** Drops a case of so many beams into the inbox of the service. */
export function drop(service: Service, folder: string, beams = 2): Promise<void> {
  const wanted = { beams, layers: 1, spotsPerLayer: 4, withCt: false, withDeliveryLogs: false, seed: 1 };
  return new SyntheticCaseMaker().make(join(service.inbox, folder), wanted);
}
