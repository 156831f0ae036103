import type { AcceptedDelivery } from '../../src/domain/accepted-delivery.js';
import type { DeliveredBeamLayer } from '../../src/domain/delivered-beam-layer.js';
import type { FoundDelivery } from '../../src/domain/found-delivery.js';
import type { DeliveryReader } from '../../src/ports/delivery-reader.js';
import { input } from '../../src/domain/errors.js';

/** Says what it was given, by folder; a folder it does not know is one without logs. */
export class FakeDeliveryReader implements DeliveryReader {
  /** Thrown by whatever is asked, while it is set. */
  error: Error | null = null;

  constructor(
    public found: readonly FoundDelivery[] = [],
    /** What was delivered, by folder. */
    readonly delivered: ReadonlyMap<string, readonly DeliveredBeamLayer[]> = new Map(),
  ) {}

  async headers(_: string, folders: readonly string[], signal: AbortSignal): Promise<readonly FoundDelivery[]> {
    await Promise.resolve();
    signal.throwIfAborted();
    if (this.error !== null) throw this.error;
    const problems = ['PlanInfo.txt: is missing'];
    return folders.map(
      (folder) =>
        this.found.find((one) => one.folder === folder) ?? {
          folder,
          header: null,
          layers: [],
          missingLayers: [],
          problems,
        },
    );
  }

  async *layers(
    _: string,
    deliveries: readonly AcceptedDelivery[],
    __: unknown,
    signal: AbortSignal,
  ): AsyncGenerator<DeliveredBeamLayer, void, void> {
    await Promise.resolve();
    signal.throwIfAborted();
    if (this.error !== null) throw this.error;
    const merged = new Map<number, DeliveredBeamLayer>();
    for (const { folder } of deliveries) {
      const layers = this.delivered.get(folder);
      if (layers === undefined) throw input('delivery.log', 'PlanInfo.txt: is missing');
      for (const layer of layers) {
        const before = merged.get(layer.layerNumber)?.parts ?? [];
        merged.set(layer.layerNumber, { ...layer, parts: [...before, ...layer.parts] });
      }
    }
    yield* [...merged.values()].sort((a, b) => a.layerNumber - b.layerNumber);
  }
}
