import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, problemText } from '../../src/config/config-problem.js';
import { loadConfig, type LoadedConfig } from '../../src/config/load-config.js';

export interface GivenConfig {
  /** Written to config/mqi.yaml first. */
  readonly yaml?: string;
  readonly env?: Record<string, string>;
  readonly root?: string;
  readonly file?: string;
}

interface ConfigLoading {
  readonly load: (given?: GivenConfig) => LoadedConfig;
  /** What is wrong, in words; empty when it loads. */
  readonly problems: (given: GivenConfig) => readonly string[];
}

/** Loads configurations with `folder` as working directory. */
export function configIn(folder: { readonly path: string }): ConfigLoading {
  const load = ({ yaml, env = {}, root, file }: GivenConfig = {}): LoadedConfig => {
    if (yaml !== undefined) {
      mkdirSync(join(folder.path, 'config'), { recursive: true });
      writeFileSync(join(folder.path, 'config/mqi.yaml'), yaml);
    }
    return loadConfig({ file, env, flags: { root }, cwd: folder.path });
  };
  const problems = (given: GivenConfig): readonly string[] => {
    try {
      load(given);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.map(problemText);
      throw error;
    }
  };
  return { load, problems };
}
