import { stat } from 'node:fs/promises';
import { systemCode } from '../../../files/system-code.js';
import type { Clock } from '../../../ports/clock.js';
import type { FarHost, FarHostState } from '../../../ports/far-hosts.js';
import { unreachable } from './ssh-failure.js';
import type { SshHost } from './ssh-host.js';

export interface SshFarHostOptions {
  readonly keyFile: string | null;
  readonly workDir: string | null;
  /** The program that lists its GPUs; null: nvidia-smi or rocm-smi, if it has one. */
  readonly gpuTool: string | null;
  /** Programs that its jobs are started with, as they are named there. */
  readonly programs: readonly string[];
}

const LIMIT_MS = 20_000;

/** What agent-script.ts, the staging and the schedulers call there. */
const NEEDED = 'sh base64 awk sha256sum find setsid stat nproc tail head tr grep env mkdir ln mv cp rm touch cat';

/** One line for each fact. Parameters: the work folder, the program for its GPUs, '' for none; then programs of its jobs. */
const LOOK = `
for t in ${NEEDED}; do command -v "$t" >/dev/null 2>&1 || echo "missing $t"; done
gpu() { if command -v "$1" >/dev/null 2>&1; then echo "gpu $1"; else return 1; fi; }
if [ -z "$2" ]; then gpu rocm-smi; gpu nvidia-smi; else gpu "$2" || echo "missing $2"; fi
if [ -n "$1" ]; then
  p=$1/.mqi-doctor.$$
  if mkdir -p "$1" 2>/dev/null && ( echo > "$p" ) 2>/dev/null && rm -f "$p"; then echo "writable yes"; fi
  df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print "freeKiB " $4 }'
fi
echo "now $(date +%s.%N)"
shift 2
for t; do command -v "$t" >/dev/null 2>&1 || echo "missing $t"; done`;

/** What `mqi doctor` looks at on a machine reached by SSH. */
export class SshFarHost implements FarHost {
  constructor(
    private readonly host: SshHost,
    private readonly clock: Clock,
    private readonly options: SshFarHostOptions,
  ) {}

  get name(): string {
    return this.host.name;
  }

  async keyIsOpen(): Promise<boolean> {
    const { keyFile } = this.options;
    if (keyFile === null) return false;
    try {
      return ((await stat(keyFile)).mode & 0o077) !== 0;
    } catch (thrown) {
      if (systemCode(thrown) === null) throw thrown;
      return false; // that it cannot be read is said by the attempt to connect
    }
  }

  async state(): Promise<FarHostState> {
    await this.host.reach();
    const { workDir, gpuTool, programs } = this.options;
    const fromMs = this.clock.now();
    const end = await this.host.run(['sh', '-c', LOOK, 'sh', workDir ?? '', gpuTool ?? '', ...programs], LIMIT_MS);
    const toMs = this.clock.now();
    if (end.how !== 'exited') {
      throw unreachable(this.name, end.how === 'broken' ? end.reason : 'the shell there does not do what it should');
    }
    const facts = end.stdout.split('\n');
    const all = (key: string): readonly string[] =>
      facts.flatMap((line) => (line.startsWith(`${key} `) ? line.slice(key.length + 1) : []));
    const freeKiB = all('freeKiB').at(-1);
    const free = { freeBytes: freeKiB === undefined ? null : Number(freeKiB) * 1024 };
    const nowMs = Number.parseFloat(all('now')[0] ?? '') * 1000;
    return {
      missing: all('missing'),
      gpuTool: all('gpu').at(-1) ?? null,
      workDir: workDir === null ? null : { path: workDir, isWritable: all('writable').length > 0, ...free },
      aheadMs: Number.isFinite(nowMs) ? Math.round(nowMs - (fromMs + toMs) / 2) : null,
      aheadWithinMs: Math.ceil((toMs - fromMs) / 2),
    };
  }
}
