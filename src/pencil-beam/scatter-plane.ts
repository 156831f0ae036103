import { gaussianCdf } from '../dose/gaussian.js';
import type { CellBox } from './fluence.js';

/**
 * Spreads what each cell of a plane holds by a Gaussian of the cell's own variance, along u and then along v: what
 * scattering does to protons that took different ways through the patient. The sum over the plane is kept, but for what
 * leaves the box. In the second pass the variance is that of the cell the first one reached: exact where neighbours
 * scatter alike, an approximation at sharp edges.
 */
export class PlaneScatterer {
  readonly #between: Float64Array;
  readonly #kernels: (Float64Array | undefined)[] = [];

  constructor(
    private readonly width: number,
    height: number,
  ) {
    this.#between = new Float64Array(width * height);
  }

  /** `varianceMm2` per cell; `cellMm` is the size of a cell in this plane along u and v. */
  scatter(plane: Float64Array, varianceMm2: Float64Array, cellMm: readonly [number, number], box: CellBox): void {
    this.#pass(plane, this.#between, varianceMm2, cellMm[0], box, 1);
    this.#pass(this.#between, plane, varianceMm2, cellMm[1], box, this.width);
  }

  #pass(
    source: Float64Array,
    target: Float64Array,
    varianceMm2: Float64Array,
    cellMm: number,
    box: CellBox,
    stride: number,
  ): void {
    const negligible = NEGLIGIBLE * this.#fullest(source, box);
    for (let j = box.fromV; j < box.toV; j++) target.fill(0, j * this.width + box.fromU, j * this.width + box.toU);
    for (let j = box.fromV; j < box.toV; j++) {
      for (let i = box.fromU; i < box.toU; i++) {
        const at = j * this.width + i;
        const held = source[at] as number;
        if (held <= negligible) {
          target[at] = (target[at] as number) + held;
          continue;
        }
        const kernel = this.#kernel((varianceMm2[at] as number) / (cellMm * cellMm));
        if (stride === 1) spread(target, at, held, kernel, stride, i - box.fromU, box.toU - 1 - i);
        else spread(target, at, held, kernel, stride, j - box.fromV, box.toV - 1 - j);
      }
    }
  }

  #fullest(plane: Float64Array, { fromU, toU, fromV, toV }: CellBox): number {
    let most = 0;
    for (let j = fromV; j < toV; j++) {
      for (let at = j * this.width + fromU; at < j * this.width + toU; at++) {
        if ((plane[at] as number) > most) most = plane[at] as number;
      }
    }
    return most;
  }

  /**
   * Shares of a cell's content for itself and its neighbours 1, 2, ... away, for a variance in cells squared. Two
   * integrations over cells (of the spots and of this kernel) make one too many: 1/12 is taken off.
   */
  #kernel(variance: number): Float64Array {
    const sigma = Math.sqrt(Math.max(variance - 1 / 12, 0));
    const index = Math.round(sigma * KERNELS_PER_CELL);
    return (this.#kernels[index] ??= halfKernel(index / KERNELS_PER_CELL));
  }
}

const KERNELS_PER_CELL = 25;
/** Scattering kernels are cut here, and what is cut, 5e-4, is shared out over the rest. */
const KERNEL_SIGMAS = 3.5;
/** Cells that hold less than this part of the fullest one stay as they are. */
const NEGLIGIBLE = 1e-6;

function halfKernel(sigma: number): Float64Array {
  if (sigma === 0) return Float64Array.of(1);
  const reach = Math.ceil(KERNEL_SIGMAS * sigma);
  const shares = Float64Array.from(
    { length: reach + 1 },
    (_, k) => gaussianCdf((k + 0.5) / sigma) - gaussianCdf((k - 0.5) / sigma),
  );
  const sum = shares.reduce((total, share, k) => total + (k === 0 ? share : 2 * share), 0);
  return shares.map((share) => share / sum);
}

function spread(
  target: Float64Array,
  at: number,
  held: number,
  kernel: Float64Array,
  stride: number,
  before: number,
  after: number,
): void {
  target[at] = (target[at] as number) + held * (kernel[0] as number);
  const reach = kernel.length - 1;
  const paired = Math.min(reach, before, after);
  for (let k = 1, step = stride; k <= paired; k++, step += stride) {
    const share = held * (kernel[k] as number);
    target[at - step] = (target[at - step] as number) + share;
    target[at + step] = (target[at + step] as number) + share;
  }
  // Near the rim of the box one side ends sooner.
  for (let k = paired + 1; k <= Math.min(reach, Math.max(before, after)); k++) {
    const place = before > after ? at - k * stride : at + k * stride;
    target[place] = (target[place] as number) + held * (kernel[k] as number);
  }
}
