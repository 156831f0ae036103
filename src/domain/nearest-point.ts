/** Points of a plane, for asking which is nearest. A k-d tree: a log of a million rows against 10,000 spots stays quick. */
export class NearestPoint {
  readonly #order: Uint32Array;

  constructor(
    private readonly x: readonly number[],
    private readonly y: readonly number[],
  ) {
    this.#order = Uint32Array.from(x.keys());
    this.#build(0, x.length, 0);
  }

  /** Distance to and index of the nearest point; null if there are none. */
  nearest(x: number, y: number): { readonly index: number; readonly distance: number } | null {
    const best = { index: -1, distance: Infinity };
    this.#search(0, this.#order.length, 0, [x, y], best);
    return best.index < 0 ? null : best;
  }

  #coordinate(index: number, axis: 0 | 1): number {
    return (axis === 0 ? this.x : this.y)[index] ?? 0;
  }

  #build(from: number, to: number, axis: 0 | 1): void {
    if (to - from < 2) return;
    this.#order.subarray(from, to).sort((a, b) => this.#coordinate(a, axis) - this.#coordinate(b, axis));
    const middle = (from + to) >> 1;
    const next = axis === 0 ? 1 : 0;
    this.#build(from, middle, next);
    this.#build(middle + 1, to, next);
  }

  #search(
    from: number,
    to: number,
    axis: 0 | 1,
    point: readonly [number, number],
    best: { index: number; distance: number },
  ): void {
    if (from >= to) return;
    const middle = (from + to) >> 1;
    const index = this.#order[middle] ?? 0;
    const distance = Math.hypot(this.#coordinate(index, 0) - point[0], this.#coordinate(index, 1) - point[1]);
    if (distance < best.distance) Object.assign(best, { index, distance });
    const beyond = point[axis] - this.#coordinate(index, axis);
    const next = axis === 0 ? 1 : 0;
    const [near, far] =
      beyond < 0
        ? [[from, middle] as const, [middle + 1, to] as const]
        : [[middle + 1, to] as const, [from, middle] as const];
    this.#search(near[0], near[1], next, point, best);
    if (Math.abs(beyond) < best.distance) this.#search(far[0], far[1], next, point, best);
  }
}
