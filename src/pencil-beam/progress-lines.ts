/** Turns progress into lines `progress 37`: whole percents, rising only. */
export class ProgressLines {
  #said = -1;

  constructor(private readonly write: (line: string) => void) {}

  report(percent: number): void {
    const whole = Math.min(100, Math.floor(percent + 1e-9));
    if (whole <= this.#said) return;
    this.#said = whole;
    this.write(`progress ${String(whole)}\n`);
  }
}
