import { readFileSync, writeFileSync } from 'node:fs';

/** How much more memory the process holds at its highest than before: resident set, so with what is not yet collected. */
export class MemoryWatch {
  readonly #beforeMiB: number;

  constructor() {
    // Linux forgets the highest so far (proc(5)); getrusage cannot, and has it from the parent of the process.
    writeFileSync('/proc/self/clear_refs', '5');
    this.#beforeMiB = highestMiB();
  }

  growthMiB(): number {
    return Math.max(0, highestMiB() - this.#beforeMiB);
  }
}

/** MiB since the last watch began. */
export function highestMiB(): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  if (kib === undefined) throw new Error('/proc/self/status has no VmHWM');
  return Number(kib) / 1024;
}
