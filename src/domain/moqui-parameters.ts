/** A value of engine.moqui.parameters. */
export type MoquiValue = string | number | boolean | readonly (string | number)[];

/** The public program, or the one that reads the machine's delivery logs. */
export const MOQUI_DIALECTS = ['upstream', 'log'] as const;
export type MoquiDialect = (typeof MOQUI_DIALECTS)[number];

/** What we set and why nobody else may: the program gives wrong dose, or a file we would not find, with other values. */
const PINNED: Readonly<Record<string, string>> = {
  GPUID: 'the GPU is chosen by CUDA_VISIBLE_DEVICES, so it is 0',
  UseAbsolutePath: 'the input lies in the folder of the attempt',
  ParentDir: 'the input lies in the folder of the attempt',
  DicomDir: 'the input lies in the folder of the attempt',
  DicomPath: 'the input lies in the folder of the attempt',
  CTVolumeName: 'the CT is given as DICOM',
  OutputDir: 'the result is looked for in the folder of the attempt',
  OutputFormat: 'the result is read as raw',
  OverwriteResults: 'each attempt has a fresh folder',
  SimulationType: 'one beam is calculated per job',
  BeamNumbers: 'the plan given holds the beam alone, as number 1',
  Scorer: 'one scorer, Dose: of several the result would be ambiguous',
  ScoreToCTGrid: 'the result is read on the grid of the CT',
  ScoringMask: 'dose is wanted everywhere',
  Mask: 'dose is wanted everywhere',
  ReadStructure: 'no structure set is given',
  StoppingStatistics: 'it would stop where nobody asked; use histories or statisticalPercent',
  SaveStoppingStatistics: 'it would write further result files',
  ParticlesPerHistory: 'it follows from histories or statisticalPercent; the dose scales with it',
  NumberOfFraction: 'the result is per fraction',
  RBE: 'the result is physical dose',
  UnitWeights: 'the weights are those of the beam',
  SourceType: 'the spots are given one by one',
  SupressStd: 'a variance would be a further result',
  Machine: 'it is engine.moqui.machineFile',
  logFilePath: 'the spots are written into the folder of the attempt',
  GantryNum: 'it is machines[].gantryNumber',
  UsingPhantomGeo: 'the geometry is that of the case',
  twoCentimeterMode: 'the geometry is that of the case',
  PhantomDimX: 'the geometry is that of the case',
  PhantomDimY: 'the geometry is that of the case',
  PhantomDimZ: 'the geometry is that of the case',
  PhantomUnitX: 'the geometry is that of the case',
  PhantomUnitY: 'the geometry is that of the case',
  PhantomUnitZ: 'the geometry is that of the case',
  PhantomPositionX: 'the geometry is that of the case',
  PhantomPositionY: 'the geometry is that of the case',
  PhantomPositionZ: 'the geometry is that of the case',
};

const PINNED_BY_LOWER_CASE = new Map(Object.entries(PINNED).map(([key, why]) => [key.toLowerCase(), { key, why }]));

type Kind = 'whole number' | 'number' | 'flag' | 'text' | 'list';

/** What else the programs are known to read, as which kind: both, and one dialect alone. Builds may read more. */
const KNOWN: Readonly<Record<MoquiDialect | 'both', Readonly<Record<string, Kind>>>> = {
  both: {
    RandomSeed: 'whole number',
    TotalThreads: 'whole number',
    MaxHistoriesPerBatch: 'whole number',
    BeamPrefix: 'text',
    BodyContourName: 'text',
    SaveMap: 'flag',
    ScorerMapName: 'text',
    ScorerVoxelSize: 'list',
  },
  log: {
    Verbosity: 'whole number',
    ROIName: 'text',
  },
  upstream: {
    Calibration: 'text',
    RangeshifterDensity: 'number',
    DensityScaling: 'number',
    XShift: 'number',
    YShift: 'number',
    ZShift: 'number',
    StoppingCriteria: 'number',
    StatThreshold: 'number',
    StatROI: 'text',
    StatROIMaskFilename: 'list',
    StatROIStructFromRT: 'flag',
  },
};
const BY_LOWER_CASE = (kinds: Readonly<Record<string, Kind>>): ReadonlyMap<string, Kind> =>
  new Map(Object.entries(kinds).map(([key, kind]) => [key.toLowerCase(), kind]));
const KNOWN_BY_LOWER_CASE: Readonly<Record<MoquiDialect, ReadonlyMap<string, Kind>>> = {
  log: BY_LOWER_CASE({ ...KNOWN.both, ...KNOWN.log }),
  upstream: BY_LOWER_CASE({ ...KNOWN.both, ...KNOWN.upstream }),
};
const KIND = BY_LOWER_CASE({ ...KNOWN.both, ...KNOWN.log, ...KNOWN.upstream });

/** Names that the program of this dialect is not known to read. It ignores what it does not know without a word. */
export const moquiUnknownKeys = (keys: readonly string[], dialect: MoquiDialect): readonly string[] =>
  keys.filter((key) => !KNOWN_BY_LOWER_CASE[dialect].has(key.toLowerCase()));

/** The public program knows one calibration, and ends itself over any other: each beam would be prepared for nothing. */
export const moquiCalibrationAborts = (
  parameters: Readonly<Record<string, MoquiValue>>,
  dialect: MoquiDialect,
): boolean =>
  dialect === 'upstream' &&
  Object.entries(parameters).some(
    ([key, value]) => key.toLowerCase() === 'calibration' && String(value).toLowerCase() !== 'default',
  );

/** Names as the program looks them up: without regard to case. */
const KEY = /^[A-Za-z][A-Za-z0-9_]*$/;
const INT_LIMIT = 2 ** 31;

/**
 * What is wrong with one parameter, as a phrase that follows its name; null if it can be handed on.
 * The program reads one `Key value` a line, `#` starts a comment anywhere, what is no number counts as 0 silently.
 */
export function moquiParameterProblem(key: string, value: MoquiValue): string | null {
  const pinned = PINNED_BY_LOWER_CASE.get(key.toLowerCase());
  if (pinned !== undefined) return `is set by the service: ${pinned.why}`;
  if (!KEY.test(key)) return 'is no name that the input file can carry: letters, digits and _ after a letter';
  return kindProblem(key.toLowerCase(), value) ?? valueProblem(value);
}

/** What the program would take for another value without a word: of a text that is no number 0, of 2.5 threads 2. */
function kindProblem(key: string, value: MoquiValue): string | null {
  const kind = KIND.get(key);
  if (kind === 'flag') return typeof value === 'boolean' ? null : 'must be true or false';
  if (kind === 'number') return typeof value === 'number' ? null : 'must be a number';
  return kind === 'whole number' ? wholeNumberProblem(key, value) : null;
}

function wholeNumberProblem(key: string, value: MoquiValue): string | null {
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'must be a whole number';
  if (key === 'totalthreads' && value === 0) return 'must not be 0: nothing would be calculated; -1 leaves it to moqui';
  return key === 'maxhistoriesperbatch' && value < 1
    ? 'must be at least 1: without batches there is no progress'
    : null;
}

function valueProblem(value: MoquiValue): string | null {
  if (typeof value === 'boolean') return null;
  if (typeof value === 'number') return numberProblem(value);
  if (typeof value === 'string') return textProblem(value);
  if (value.length === 0) return 'is an empty list';
  const problems = value.map((entry) =>
    typeof entry === 'number'
      ? numberProblem(entry)
      : (textProblem(entry) ?? (entry.includes(',') ? 'has an entry with a comma: commas part the entries' : null)),
  );
  return problems.find((problem) => problem !== null) ?? null;
}

function numberProblem(value: number): string | null {
  if (!Number.isFinite(value)) return 'must be a finite number';
  if (value !== 0 && Math.fround(value) === 0) return 'is too small: the program holds numbers in 32 bits';
  return Math.abs(value) >= INT_LIMIT ? 'is too large: the program holds whole numbers in 32 bits' : null;
}

function textProblem(value: string): string | null {
  if (value.trim() === '') return 'is empty';
  if (value !== value.trim()) return 'begins or ends with a blank, which the program drops';
  if (value.includes('#')) return 'holds #, which starts a comment in the input file';
  return /\p{Cc}/u.test(value) ? 'holds a line break or another control character' : null;
}

/** Two names that the program takes for one. */
export function moquiDoubledKey(keys: readonly string[]): string | null {
  const lower = keys.map((key) => key.toLowerCase());
  return keys.find((_, index) => lower.indexOf(lower[index] ?? '') < index) ?? null;
}

/**
 * The input file: one `Key value` a line. Numbers are written without exponent, which the program's whole numbers do not
 * know (1e7 would be 1).
 */
export const formatMoquiInput = (parameters: readonly (readonly [string, MoquiValue])[]): string =>
  parameters.map(([key, value]) => `${key} ${textOf(value)}\n`).join('');

function textOf(value: MoquiValue): string {
  if (typeof value === 'number') return plainNumber(value);
  if (typeof value === 'object')
    return value.map((entry) => (typeof entry === 'number' ? plainNumber(entry) : entry)).join(',');
  return String(value);
}

function plainNumber(value: number): string {
  const [mantissa = '', exponent] = String(value).split('e');
  if (exponent === undefined) return mantissa;
  // Below 1e-6 JavaScript writes an exponent. Above 1e21 too, but no parameter is so large.
  const digits = mantissa.replace(/[-.]/g, '');
  return `${value < 0 ? '-' : ''}0.${'0'.repeat(-Number(exponent) - 1)}${digits}`;
}
