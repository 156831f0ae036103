import { AttemptSchema } from './attempt-schema.js';
import { AuditSchema } from './audit-schema.js';
import { AvoidedNodeSchema } from './avoided-node-schema.js';
import { BeamSchema } from './beam-schema.js';
import { CaseSchema } from './case-schema.js';
import { CaseUploadSchema } from './case-upload-schema.js';
import { DeliverySchema } from './delivery-schema.js';
import { IntakeFolderSchema } from './intake-folder-schema.js';
import { PseudonymSchema } from './pseudonym-schema.js';
import { LegacyCaseSchema } from './legacy-case-schema.js';
import { ReceiptSchema } from './receipt-schema.js';
import { ResourceSchema } from './resource-schema.js';
import { TargetSchema } from './target-schema.js';
import { TransitionSchema } from './transition-schema.js';

/** Every table of ours. */
export const ENTITIES = [
  CaseSchema,
  BeamSchema,
  ResourceSchema,
  AttemptSchema,
  TransitionSchema,
  DeliverySchema,
  ReceiptSchema,
  CaseUploadSchema,
  TargetSchema,
  IntakeFolderSchema,
  AuditSchema,
  PseudonymSchema,
  AvoidedNodeSchema,
  LegacyCaseSchema,
];
