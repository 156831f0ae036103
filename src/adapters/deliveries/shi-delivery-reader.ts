import { join } from 'node:path';
import type { AcceptedDelivery } from '../../domain/accepted-delivery.js';
import type { DeliveredBeamLayer, SpotReading } from '../../domain/delivered-beam-layer.js';
import { deliveredSpots } from '../../domain/delivered-spots.js';
import type { DeliveredLayer } from '../../domain/delivered-spots.js';
import type { DeliveryRecord, RecordedLayer } from '../../domain/delivery-record.js';
import type { FoundDelivery } from '../../domain/found-delivery.js';
import type { DeliveryReader } from '../../ports/delivery-reader.js';
import { badLog } from './log-text.js';
import { PLAN_INFO } from './plan-info.js';
import { PLAN_RANGE } from './plan-range.js';
import { readDelivery, readLayer, surveyDelivery } from './read-delivery.js';

/** Folders looked at side by side: a share answers each question late, and there may be hundreds of folders. */
const IN_FLIGHT = 8;

/** A delivery folder and what of it belongs to one layer. */
interface LayerPart {
  readonly folder: string;
  readonly layer: RecordedLayer;
}

/** Delivery logs of Sumitomo machines (docs/delivery-logs.md). */
export class ShiDeliveryReader implements DeliveryReader {
  async headers(
    caseFolder: string,
    folders: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly FoundDelivery[]> {
    const found = new Array<FoundDelivery>(folders.length);
    let next = 0;
    // Each lane takes the next folder; the index changes between awaits only.
    const lane = async (): Promise<void> => {
      for (let i = next++; i < folders.length; i = next++) {
        signal.throwIfAborted();
        const folder = folders[i] ?? '';
        const { header, layers, missing, problems } = await surveyDelivery(join(caseFolder, folder));
        const missingLayers = missing.map(({ layerNumber }) => layerNumber);
        found[i] = { folder, header, layers, missingLayers, problems: problems.map(({ message }) => message) };
      }
    };
    await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, folders.length) }, lane));
    return found;
  }

  async *layers(
    caseFolder: string,
    deliveries: readonly AcceptedDelivery[],
    { calibration, toleranceMm }: SpotReading,
    signal: AbortSignal,
  ): AsyncGenerator<DeliveredBeamLayer, void, void> {
    for (const [layerNumber, files] of await byLayer(caseFolder, deliveries)) {
      const parts: DeliveredLayer[] = [];
      for (const { folder, layer } of files) {
        signal.throwIfAborted();
        parts.push(deliveredSpots(await readLayer(folder, layer, calibration), toleranceMm));
      }
      yield { layerNumber, energyMeV: files[0]?.layer.energyMeV ?? 0, parts };
    }
  }
}

/** Files to be added up, by layer number. */
async function byLayer(
  caseFolder: string,
  deliveries: readonly AcceptedDelivery[],
): Promise<readonly (readonly [number, readonly LayerPart[]])[]> {
  const parts = new Map<number, LayerPart[]>();
  for (const delivery of [...deliveries].sort((a, b) => a.startedAt - b.startedAt || a.startLayer - b.startLayer)) {
    const folder = join(caseFolder, delivery.folder);
    const record = await readDelivery(folder);
    requireSame(record, delivery);
    for (const layer of record.layers) {
      const before = parts.get(layer.layerNumber) ?? [];
      if (before.some((part) => part.layer.energyMeV !== layer.energyMeV)) {
        throw badLog(PLAN_RANGE, `layer ${String(layer.layerNumber)} was resumed with another energy`);
      }
      parts.set(layer.layerNumber, [...before, { folder, layer }]);
    }
  }
  return [...parts].sort(([a], [b]) => a - b);
}

function requireSame(record: DeliveryRecord, { beamNumber, startedAt, startLayer, stopLayer }: AcceptedDelivery): void {
  const same = [
    record.beamNumber === beamNumber,
    record.startedAt === startedAt,
    record.startLayer === startLayer,
    record.stopLayer === stopLayer,
  ];
  if (!same.every(Boolean)) throw badLog(PLAN_INFO, `of beam ${String(beamNumber)} is no longer what was checked`);
}
