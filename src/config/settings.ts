import { z } from 'zod';
import { about, choice } from './choice.js';
import { geometrySection, interpretationSection } from './sections/calculation-sections.js';
import { databaseSection } from './sections/database-section.js';
import { engineSection } from './sections/engine-section.js';
import { executionSection } from './sections/execution-section.js';
import { intakeSection } from './sections/intake-section.js';
import { machinesList } from './sections/machines-section.js';
import { notificationsSection } from './sections/notifications-section.js';
import { processingSection, progressTrackingSection } from './sections/processing-section.js';
import { retentionSection } from './sections/retention-section.js';
import { loggingSection } from './sections/service-sections.js';
import { telemetrySection } from './sections/telemetry-section.js';
import { uploadsList } from './sections/uploads-list.js';
import { webSection } from './sections/web-section.js';

/**
 * The one source of truth of the configuration: names, types, ranges, defaults and descriptions. convict's schema, the
 * names of environment variables, config/mqi.yaml, docs/configuration.md and the JSON Schema are derived from it.
 * What several options must satisfy together stands in contradictions.ts.
 */
export const SettingsSchema = z.strictObject({
  root: z
    .string()
    .min(1)
    .default('./data')
    .meta(
      about('Folder of everything: inbox, work, outbox, logs, database.', {
        rule: 'a path; relative to the working directory',
      }),
    ),
  umask: choice(['027', '077', '022'])
    .default('027')
    .meta(
      about(
        'What is taken from the rights of new files and folders, doses at folder targets included. 027: others than the group of the service read nothing; 077: nor does the group; 022: everybody on the machine may read. What the service is started with is kept where it takes more.',
        { rule: 'one of these, in quotes: a bare 027 is a number' },
      ),
    ),
  database: databaseSection,
  processing: processingSection,
  progressTracking: progressTrackingSection,
  intake: intakeSection,
  interpretation: interpretationSection,
  machines: machinesList,
  geometry: geometrySection,
  engine: engineSection,
  execution: executionSection,
  uploads: uploadsList,
  retention: retentionSection,
  logging: loggingSection,
  web: webSection,
  notifications: notificationsSection,
  telemetry: telemetrySection,
});

/** The effective configuration. All paths are absolute once loaded. */
export type Settings = z.output<typeof SettingsSchema>;
