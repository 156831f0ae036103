import { AddAttemptPlace1764360000001 } from './add-attempt-place.js';
import { AddBeamQueue1764300000000 } from './add-beam-queue.js';
import { AddCaseFoldersByState1764330000001 } from './add-case-folders-by-state.js';
import { AddCaseLists1764323200001 } from './add-case-lists.js';
import { AddDeliveryComparison1764080000000 } from './add-delivery-comparison.js';
import { AddGpuState1764200000000 } from './add-gpu-state.js';
import { AddIdentity1763900200000 } from './add-identity.js';
import { AddInboxes1764100000000 } from './add-inboxes.js';
import { AddTargetStates1764322600001 } from './add-target-states.js';
import { AddSentAs1764323000002 } from './add-sent-as.js';
import { CreateAvoidedNodes1764322400001 } from './create-avoided-nodes.js';
import { CreateArrivals1764060000000 } from './create-arrivals.js';
import { CreateAudit1764322800001 } from './create-audit.js';
import { CreateDiskSamples1764323400001 } from './create-disk-samples.js';
import { CreateIntakeFolders1764090000000 } from './create-intake-folders.js';
import { CreateDeliveries1763900100000 } from './create-deliveries.js';
import { CreateNotices1764323100001 } from './create-notices.js';
import { CreatePseudonyms1764323000001 } from './create-pseudonyms.js';
import { CreateLegacyCases1764324000001 } from './create-legacy-cases.js';
import { CreateTables1763900000000 } from './create-tables.js';

/** In order, the same on both databases. One that was released is never changed: what it got wrong, another mends. */
export const MIGRATIONS = [
  CreateTables1763900000000,
  CreateDeliveries1763900100000,
  AddIdentity1763900200000,
  CreateArrivals1764060000000,
  AddDeliveryComparison1764080000000,
  CreateIntakeFolders1764090000000,
  AddInboxes1764100000000,
  AddGpuState1764200000000,
  AddBeamQueue1764300000000,
  CreateAvoidedNodes1764322400001,
  AddTargetStates1764322600001,
  CreateAudit1764322800001,
  CreatePseudonyms1764323000001,
  AddSentAs1764323000002,
  CreateNotices1764323100001,
  AddCaseLists1764323200001,
  CreateDiskSamples1764323400001,
  CreateLegacyCases1764324000001,
  AddCaseFoldersByState1764330000001,
  AddAttemptPlace1764360000001,
];
