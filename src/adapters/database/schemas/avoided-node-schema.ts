import type { EntitySchemaColumnOptions } from 'typeorm';
import type { AvoidedNode } from '../../../domain/avoided-node.js';
import { epochMs, text } from './columns.js';
import { tableOf } from './table-of.js';

export const AvoidedNodeSchema = tableOf<AvoidedNode>({
  name: 'avoidedNode',
  tableName: 'avoided_nodes',
  columns: {
    host: { ...text, primary: true },
    node: { ...text, primary: true },
    until: epochMs,
  } satisfies Record<keyof AvoidedNode, EntitySchemaColumnOptions>,
});
