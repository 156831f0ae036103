import { SettingsSchema, type Settings } from '../../src/config/settings.js';

/** The defaults, with what the test is about on top. */
export function someSettings(change: Readonly<Record<string, unknown>> = {}): Settings {
  return SettingsSchema.parse(change);
}
