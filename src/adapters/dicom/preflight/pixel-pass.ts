import type { Grid } from '../../../domain/grid.js';
import type { EngineDose } from '../writing/engine-dose.js';
import { withFiles } from '../writing/with-file.js';
import { addPlane, holdAgainstEngine, holdAgainstSum, PlaneReader, ValueTally } from './pixel-rules.js';

/** An object for the pass over the pixels; what is wrong with them is added to `failures`. */
export interface WithPixels {
  /** Null: its pixels cannot be read, which its failures say already. */
  readonly readable: {
    readonly path: string;
    readonly grid: Grid;
    readonly scaling: number;
    /** Offset of the first pixel. */
    readonly at: number;
    /** Null for the plan, and where there is none to be held against. */
    readonly engine: EngineDose | null;
  } | null;
  readonly failures: string[];
}
type Readable = NonNullable<WithPixels['readable']>;

/** A beam in the pass. */
interface Pass {
  readonly beam: Readable;
  readonly failures: string[];
  readonly reader: PlaneReader;
  readonly different: ValueTally;
  readonly noDose: ValueTally;
  hasDose: boolean;
  ended: boolean;
}

/** Planes of all objects side by side: each file is read once, and a plane of each is held. */
export function passOverPixels(beams: readonly WithPixels[], plan: WithPixels): void {
  const passes = beams.flatMap(({ readable, failures }) => (readable === null ? [] : [passOf(readable, failures)]));
  const readable = passes.map(({ beam }) => beam);
  const whole = plan.readable;
  const summable =
    whole !== null && readable.length === beams.length && readable.every((beam) => sameSize(beam, whole));
  if (whole !== null && readable.length === beams.length && !summable) {
    plan.failures.push('it has not as many voxels as the doses of its beams: it cannot be their sum');
  }
  // The engine's values may lie beside its header, in a file of their own.
  const paths = [...readable.map(({ path }) => path), ...(summable ? [whole.path] : [])];
  const enginePaths = readable.map(({ engine, path }) => engine?.valuesPath ?? path);
  withFiles([...paths, ...enginePaths], (files) => {
    const sum = summable ? new SumCheck(whole, files[readable.length] ?? -1) : null;
    const frames = Math.max(0, ...readable.map(({ grid }) => grid.size[2]));
    for (let frame = 0; frame < frames; frame++) {
      passes.forEach((pass, i) => {
        overPlane(pass, files[i] ?? -1, files[paths.length + i] ?? -1, frame, sum);
      });
      sum?.check(frame);
    }
    if (sum !== null) plan.failures.push(...sum.failures());
  });
  for (const pass of passes) pass.failures.push(...failuresOf(pass));
}

const passOf = (beam: Readable, failures: string[]): Pass => ({
  beam,
  failures,
  reader: new PlaneReader(beam.grid),
  different: new ValueTally(),
  noDose: new ValueTally(),
  hasDose: false,
  ended: false,
});

function overPlane(pass: Pass, file: number, engineFile: number, frame: number, sum: SumCheck | null): void {
  const { beam, reader } = pass;
  if (frame >= beam.grid.size[2] || pass.ended) return;
  const pixels = reader.read({ file, at: beam.at, scaling: beam.scaling }, frame);
  if (pixels === null) {
    pass.ended = true;
    return;
  }
  const { engine } = beam;
  const engineFits = engine !== null && engine.header.grid.size.every((n, axis) => n === beam.grid.size[axis]);
  if (engineFits) holdAgainstEngine(pixels, beam.scaling, { file: engineFile, dose: engine }, frame, pass);
  pass.hasDose =
    sum === null ? pixels.some((pixel) => pixel !== 0) || pass.hasDose : sum.add(pixels, beam.scaling) || pass.hasDose;
}

const failuresOf = ({ different, noDose, hasDose, ended }: Pass): readonly string[] => [
  ...(ended ? ['it ends in the middle of its pixels'] : []),
  ...(hasDose ? [] : ['its dose is zero everywhere']),
  ...noDose.sentence('the dose of the engine is negative, infinite or no number'),
  ...different.sentence('pixel x DoseGridScaling is not the dose of the engine within half a step'),
];

const sameSize = (a: Readable, b: Readable): boolean => a.grid.size.every((n, axis) => n === b.grid.size[axis]);

/** The plan's planes against the sum of the beams' planes, one at a time. */
class SumCheck {
  readonly #sum: Float64Array;
  readonly #reader: PlaneReader;
  readonly #different = new ValueTally();
  #ended = false;

  constructor(
    private readonly plan: Readable,
    private readonly file: number,
  ) {
    this.#sum = new Float64Array(plan.grid.size[0] * plan.grid.size[1]);
    this.#reader = new PlaneReader(plan.grid);
  }

  add(pixels: Uint32Array, scaling: number): boolean {
    return addPlane(this.#sum, pixels, scaling);
  }

  check(frame: number): void {
    const { scaling, at, grid } = this.plan;
    const pixels = this.#reader.read({ file: this.file, at, scaling }, frame);
    if (pixels === null) this.#ended = true;
    else holdAgainstSum(pixels, scaling, this.#sum, { columns: grid.size[0], frame }, this.#different);
    this.#sum.fill(0);
  }

  failures(): readonly string[] {
    return [
      ...(this.#ended ? ['it ends in the middle of its pixels'] : []),
      ...this.#different.sentence('it is not the sum of the doses of the beams'),
    ];
  }
}
