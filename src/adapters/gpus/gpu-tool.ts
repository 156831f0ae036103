import { transient, type CaseError } from '../../domain/errors.js';
import type { SeenResource } from '../../domain/resource.js';
import type { EpochMs } from '../../domain/time.js';
import type { CommandEnd, Host } from '../../ports/host.js';

/** A vendor's program that tells of the GPUs of a host. */
export interface GpuTool {
  /** Whether the last look found such a program. */
  readonly isThere: boolean;
  /** The GPUs it lists; null where there is no such program, or no GPU of its kind. Throws `gpu.unreadable`. */
  look(seenAt: EpochMs): Promise<readonly SeenResource[] | null>;
}

export interface GpuToolOptions {
  /** Program: a path, or a name found by PATH. */
  readonly program: string;
  /** A site named it: then it has to be there and to list GPUs, and there is nothing to fall back to. */
  readonly isNamed?: boolean;
  /** For each call: a GPU in trouble can block the driver for long. */
  readonly limitMs: number;
}

/**
 * Calls of one program for one question, never two at a time: one that could not be killed (it waits for the driver) is waited for before
 * the next is started, so that a hung driver never collects our processes.
 */
export class ToolCalls {
  #hung = false;

  constructor(
    private readonly host: Host,
    private readonly options: GpuToolOptions,
  ) {}

  /** What it said; null where there is no such program, unless the site named it. Throws `gpu.unreadable` if it did not come to an end. */
  async call(args: readonly string[]): Promise<(CommandEnd & { readonly how: 'exited' }) | null> {
    const { program, limitMs, isNamed = false } = this.options;
    if (this.#hung) throw unreadable(program, 'hangs: an earlier call has not come to its end');
    const end = await this.host.run([program, ...args], limitMs);
    switch (end.how) {
      case 'exited':
        return end;
      case 'not-found':
        if (isNamed) throw unreadable(program, 'is not there', NAMED);
        return null;
      case 'broken':
        throw unreadable(program, `failed: ${end.reason}`);
      case 'too-late':
        this.#hung = true;
        void end.gone.then(() => {
          this.#hung = false;
        });
        throw unreadable(program, `did not answer within ${String(Math.round(limitMs / 1000))} s`);
    }
  }
}

const BY_HAND =
  'run it by hand; when it lists the GPUs the service goes on by itself (a new driver needs the machine restarted)';
/** For a program that the configuration names. */
export const NAMED =
  'install it or mend the driver, and the service goes on by itself; or correct execution.gpus.tool (hosts[].gpuTool)';

/** Transient: it is asked again and again, and what was to be calculated waits. */
export const unreadable = (program: string, how: string, remedy = BY_HAND): CaseError =>
  transient('gpu.unreadable', `${program} ${how}`, { remedy });

/** A number, or null for anything else: `[N/A]`, `[Not Supported]`, nothing. */
export function numberOrNull(field: string | undefined): number | null {
  return field !== undefined && /^-?\d+(\.\d+)?$/.test(field.trim()) ? Number(field) : null;
}
