import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Beam } from '../../../domain/beam.js';
import type { Resource } from '../../../domain/resource.js';
import { epochMs, integerOrNull, jsonOrNull, realOrNull, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

/** A resource with the beams on it, where a query asks for them. */
export interface RelatedResource extends Resource {
  readonly beams?: Beam[];
}

export const ResourceSchema = tableOf<RelatedResource>({
  name: 'resource',
  tableName: 'gpu_resources',
  columns: {
    id: { ...text, primary: true },
    host: text,
    kind: text,
    name: text,
    uuid: textOrNull,
    index: integerOrNull,
    driver: textOrNull,
    memoryTotalMiB: integerOrNull,
    memoryUsedMiB: integerOrNull,
    utilisationPercent: realOrNull,
    temperatureC: realOrNull,
    clockMHz: realOrNull,
    eccErrors: integerOrNull,
    processes: jsonOrNull,
    fault: textOrNull,
    outOfService: textOrNull,
    occupied: textOrNull,
    lease: jsonOrNull,
    seenAt: epochMs,
  } satisfies Record<Exclude<keyof Resource, 'away'>, EntitySchemaColumnOptions>,
  relations: { beams: { type: 'one-to-many', target: 'beam', inverseSide: 'resource' } },
});
