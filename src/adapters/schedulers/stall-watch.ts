/** Less CPU time than this since the last sign of life is none: even a hung process wakes now and then. */
const CPU_SIGN_SECONDS = 0.05;

/** Tells when a job neither writes output nor uses CPU time. Times are monotonic milliseconds. */
export class StallWatch {
  #lastSignMs: number;
  #cpuSeconds: number | null = null;

  constructor(
    private readonly stallMs: number,
    nowMs: number,
  ) {
    this.#lastSignMs = nowMs;
  }

  sawOutput(nowMs: number): void {
    this.#lastSignMs = nowMs;
  }

  /** CPU seconds of the whole group: falls when a member ends that nobody waited for, which is a sign of life too. */
  sawCpu(nowMs: number, cpuSeconds: number): void {
    const before = this.#cpuSeconds;
    if (before !== null && Math.abs(cpuSeconds - before) < CPU_SIGN_SECONDS) return;
    this.#cpuSeconds = cpuSeconds;
    if (before !== null) this.#lastSignMs = nowMs;
  }

  isStalled(nowMs: number): boolean {
    return nowMs - this.#lastSignMs >= this.stallMs;
  }
}
