/** Work of which one runs at a time; asked for meanwhile, it is done once more afterwards. */
export class OneAtATime {
  #running: Promise<void> | null = null;
  #again = false;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly stop: AbortSignal,
  ) {}

  async run(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      await this.#running;
      return;
    }
    this.#running = this.work();
    try {
      await this.#running;
    } finally {
      this.#running = null;
    }
    if (!this.#again || this.stop.aborted) return;
    this.#again = false;
    await this.run();
  }
}
