import { z } from 'zod';
import { SettingsSchema } from './settings.js';

/** Notes of ours that mean nothing to other tools. */
const OWN_NOTES = ['rule', 'secret'] as const;

/** JSON Schema (draft 2020-12) of a configuration file, for editors and for `mqi config schema`. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(SettingsSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      for (const note of OWN_NOTES) Reflect.deleteProperty(jsonSchema, note);
    },
  });
  return { $schema, title: 'Configuration of MQI Communicator', ...schema };
}
