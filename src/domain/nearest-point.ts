/** Points of a plane, for asking which is nearest. A k-d tree: a log of a million rows against 10,000 spots stays quick. */
export class NearestPoint {
  /** In the order of the tree: the middle of a range parts it, by x and by y in turn. */
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  /** Where the point found last lies in the tree. Logs go from neighbour to neighbour: it is a good first guess. */
  #last = 0;
  #bestSquare = Infinity;

  constructor(x: readonly number[], y: readonly number[]) {
    const order = Uint32Array.from(x.keys());
    sortAsTree(order, [x, y], 0);
    this.#x = Float64Array.from(order, (index) => x[index] ?? NaN);
    this.#y = Float64Array.from(order, (index) => y[index] ?? NaN);
  }

  /** Distance to the nearest point; null if there are none. */
  distance(x: number, y: number): number | null {
    if (this.#x.length === 0) return null;
    this.#bestSquare = Infinity;
    this.#try(this.#last, x, y);
    this.#search(0, this.#x.length, true, x, y);
    return Math.sqrt(this.#bestSquare);
  }

  #try(place: number, x: number, y: number): void {
    const dx = (this.#x[place] ?? NaN) - x;
    const dy = (this.#y[place] ?? NaN) - y;
    const square = dx * dx + dy * dy;
    if (square >= this.#bestSquare) return;
    this.#bestSquare = square;
    this.#last = place;
  }

  #search(from: number, to: number, byX: boolean, x: number, y: number): void {
    if (from >= to) return;
    const middle = (from + to) >> 1;
    this.#try(middle, x, y);
    const beyond = byX ? x - (this.#x[middle] ?? NaN) : y - (this.#y[middle] ?? NaN);
    if (beyond < 0) {
      this.#search(from, middle, !byX, x, y);
      if (beyond * beyond < this.#bestSquare) this.#search(middle + 1, to, !byX, x, y);
    } else {
      this.#search(middle + 1, to, !byX, x, y);
      if (beyond * beyond < this.#bestSquare) this.#search(from, middle, !byX, x, y);
    }
  }
}

function sortAsTree(order: Uint32Array, axes: readonly [readonly number[], readonly number[]], axis: 0 | 1): void {
  if (order.length < 2) return;
  const values = axes[axis];
  order.sort((a, b) => (values[a] ?? NaN) - (values[b] ?? NaN));
  const middle = order.length >> 1;
  const next = axis === 0 ? 1 : 0;
  sortAsTree(order.subarray(0, middle), axes, next);
  sortAsTree(order.subarray(middle + 1), axes, next);
}
