import { ConfigError, type ConfigProblem } from './config-problem.js';
import { loadConfig, type ConfigRequest } from './load-config.js';

/** What `mqi config check --json` prints. */
export interface ConfigReport {
  readonly ok: boolean;
  /** The file that was meant; null when defaults apply. */
  readonly file: string | null;
  readonly problems: readonly ConfigProblem[];
}

/** Loads a configuration only to say what is wrong with it. */
export function checkConfig(request: ConfigRequest): ConfigReport {
  try {
    return { ok: true, file: loadConfig(request).file, problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ok: false, file: error.file, problems: error.problems };
  }
}
