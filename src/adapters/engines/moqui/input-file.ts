import type { MoquiValue } from '../../../domain/moqui-parameters.js';
import type { Grid } from '../../../domain/grid.js';
import { NAMES } from './attempt-files.js';

type Lines = readonly (readonly [string, MoquiValue])[];

/** Batches a beam is parted into where the configuration does not say: so many steps has its progress. */
const BATCHES = 50;
const LEAST_BATCH = 10_000;
/** 40 bytes of GPU memory for each history of a batch. */
const LARGEST_BATCH = 10_000_000;

export interface CommonInput {
  readonly histories: number;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, MoquiValue>>;
}

/**
 * What both dialects are told, the configuration's own lines last: the program takes the first of two lines with one name,
 * so what is pinned stays pinned. All paths are relative to the folder of the attempt, where the program runs.
 */
function common({ histories, seed, parameters }: CommonInput, own: Lines): Lines {
  const given = new Set(Object.keys(parameters).map((key) => key.toLowerCase()));
  const byDefault: Lines = [
    ['RandomSeed', seed],
    ['TotalThreads', -1],
    ['MaxHistoriesPerBatch', Math.min(LARGEST_BATCH, Math.max(LEAST_BATCH, Math.ceil(histories / BATCHES)))],
  ];
  return [
    ['GPUID', 0],
    ['UseAbsolutePath', false],
    ['ParentDir', '.'],
    ['DicomDir', NAMES.dicom],
    ['SourceType', 'FluenceMap'],
    ['SimulationType', 'perBeam'],
    ['BeamNumbers', 1],
    ...own,
    ['Scorer', 'Dose'],
    ['SupressStd', true],
    ['ScoreToCTGrid', true],
    ['ScoringMask', false],
    ['ReadStructure', false],
    ['OutputDir', NAMES.output],
    ['OutputFormat', 'raw'],
    ['OverwriteResults', true],
    ...byDefault.filter(([key]) => !given.has(key.toLowerCase())),
    ...Object.entries(parameters),
  ];
}

/** RBE and fractions are 1: what the program multiplies dose by is ours to do. */
export const upstreamInput = (input: CommonInput, particlesPerHistory: number): Lines =>
  common(input, [
    ['ParticlesPerHistory', particlesPerHistory],
    ['RBE', 1],
    ['NumberOfFraction', 1],
    ['StoppingStatistics', false],
    ['SaveStoppingStatistics', false],
    ['Machine', `pbs:${NAMES.machine}`],
  ]);

/** ParticlesPerHistory multiplies counts and dose here: it is 1. */
export const logInput = (input: CommonInput, gantryNumber: 1 | 2, phantom: Grid | null): Lines =>
  common(input, [
    ['ParticlesPerHistory', 1],
    ['logFilePath', NAMES.logs],
    ['GantryNum', gantryNumber],
    ['UsingPhantomGeo', phantom !== null],
    ['twoCentimeterMode', false],
    ...(phantom === null ? [] : phantomLines(phantom)),
  ]);

/** Whole numbers: voxels, their sides and the outer face of the first, mm. */
function phantomLines({ size, spacingMm, originMm }: Grid): Lines {
  const axes = ['X', 'Y', 'Z'] as const;
  return [
    ...axes.map((name, axis) => [`PhantomDim${name}`, size[axis] ?? 1] as const),
    ...axes.map((name, axis) => [`PhantomUnit${name}`, spacingMm[axis] ?? 1] as const),
    ...axes.map(
      (name, axis) => [`PhantomPosition${name}`, (originMm[axis] ?? 0) - (spacingMm[axis] ?? 0) / 2] as const,
    ),
  ];
}
