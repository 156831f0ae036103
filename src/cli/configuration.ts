import { loadConfig, type ConfigRequest, type LoadedConfig } from '../config/load-config.js';
import type { Settings } from '../ports/settings.js';
import type { CommandContext } from './command-context.js';

/** Where this call of the program takes its configuration from. */
export function configRequest({ flags, env, cwd }: CommandContext): ConfigRequest {
  return { file: flags.config, env, flags: { root: flags.root }, cwd };
}

/** Throws ConfigError with everything that is wrong. */
export const configuration = (context: CommandContext): LoadedConfig => loadConfig(configRequest(context));

/** The effective settings. Throws ConfigError. */
export const settingsOf = (context: CommandContext): Settings => configuration(context).settings;
