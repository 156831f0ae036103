import { Token } from 'typedi';

/** What a machine that is reached over the network is like, as far as jobs need it. */
export interface FarHostState {
  /** Programs that are needed there and not found. */
  readonly missing: readonly string[];
  /** `nvidia-smi` or `rocm-smi`, or the program the configuration names; null where neither is found. */
  readonly gpuTool: string | null;
  /** Null where jobs have no folder of their own there (execution.hosts[].workDir). */
  readonly workDir: { readonly path: string; readonly isWritable: boolean; readonly freeBytes: number | null } | null;
  /** Its clock minus ours; null when it does not tell. The way there and back makes it uncertain by `aheadWithinMs`. */
  readonly aheadMs: number | null;
  readonly aheadWithinMs: number;
}

/** One machine that is not this one, for `mqi doctor`. */
export interface FarHost {
  readonly name: string;
  /** True when others may read our private key: a file of this machine, looked at without going there. */
  keyIsOpen(): Promise<boolean>;
  /** @throws transient `host.unreachable`; operator `host.auth`, `host.key-unknown`, with the remedy */
  state(): Promise<FarHostState>;
}

/** All that are configured. */
export type FarHosts = readonly FarHost[];
export const FarHosts = new Token<FarHosts>('FarHosts');
