import { element, withElements } from './dicom-bytes.js';
import type { RawElement } from './dicom-bytes.js';

/** Elements by `gggg,eeee` that replace or are added; undefined leaves one out. */
export type Changes = Readonly<Record<string, RawElement | undefined>>;

export interface RawSpot {
  readonly x: number;
  readonly y: number;
  readonly weight: number;
}

export interface RawBeam {
  readonly number: number;
  readonly name?: string;
  readonly meterset?: number | null;
  readonly finalWeight?: number | null;
  /** Each becomes a pair of control points, the second with zero weights, unless `unpaired`. */
  readonly layers?: readonly { readonly energyMeV: number; readonly spots: readonly RawSpot[] }[];
  readonly unpaired?: boolean;
  /** Spots as line-scanning plans of MOSAIQ have them: in private elements, with Scan Mode LINE. */
  readonly line?: RawLine;
  readonly changes?: Changes;
  readonly firstControlPoint?: Changes;
  /** Of the control point where the second layer starts. */
  readonly secondLayer?: Changes;
}

export interface RawLine {
  /** Creator's text; null for none. */
  readonly creator?: string | null;
  /** Two hexadecimal digits. */
  readonly block?: string;
  readonly vr?: string;
  readonly bigEndian?: boolean;
  /** By the last two digits of the element; undefined leaves it out. */
  readonly changes?: Readonly<Record<string, string | Buffer | undefined>>;
}

export interface RawPlan {
  readonly beams?: readonly RawBeam[];
  readonly changes?: Changes;
}

export const ION_PLAN = '1.2.840.10008.5.1.4.1.1.481.8';
export const PLAN_UID = '1.2.3.4.5';
export const FRAME_UID = '1.2.3.4.9';

const TWO_SPOTS: readonly RawSpot[] = [
  { x: -5, y: 2.5, weight: 1 },
  { x: 5, y: -2.5, weight: 3 },
];

/** Elements of a valid RT Ion Plan of one beam of two layers; give what the test is about. */
export function rawIonPlan({ beams = [{ number: 1 }], changes = {} }: RawPlan = {}): readonly RawElement[] {
  return withElements(
    [
      element('0008,0016', 'UI', ION_PLAN),
      element('0008,0018', 'UI', PLAN_UID),
      element('0008,0060', 'CS', 'RTPLAN'),
      element('0008,1070', 'PN', 'Operator^Secret'),
      element('0010,0010', 'PN', 'Patient^Secret'),
      element('0010,0020', 'LO', 'PID-1'),
      element('0020,000d', 'UI', '1.2.3.4.6'),
      element('0020,000e', 'UI', '1.2.3.4.7'),
      element('0020,0052', 'UI', FRAME_UID),
      element('300a,0002', 'SH', 'Plan A'),
      element('300a,0070', 'SQ', [fractionGroup(beams)]),
      element('300a,0180', 'SQ', [[element('0018,5100', 'CS', 'HFS'), element('300a,0182', 'IS', '1')]]),
      element('300a,03a2', 'SQ', beams.map(rawBeam)),
      element('300c,0060', 'SQ', [[element('0008,1155', 'UI', '1.2.3.4.8')]]),
      element('300e,0008', 'PN', 'Reviewer^Secret'),
    ],
    changes,
  );
}

function fractionGroup(beams: readonly RawBeam[]): readonly RawElement[] {
  const references = beams.map((beam) => {
    const meterset = beam.meterset === undefined ? 200 : beam.meterset;
    const given = meterset === null ? [] : [element('300a,0086', 'DS', String(meterset))];
    return [...given, element('300c,0006', 'IS', String(beam.number))];
  });
  return [element('300a,0071', 'IS', '1'), element('300a,0078', 'IS', '30'), element('300c,0004', 'SQ', references)];
}

export function rawBeam(beam: RawBeam): readonly RawElement[] {
  const layers = beam.layers ?? [
    { energyMeV: 150, spots: TWO_SPOTS },
    { energyMeV: 140, spots: TWO_SPOTS },
  ];
  const sum = layers.reduce((total, { spots }) => spots.reduce((part, { weight }) => part + weight, total), 0);
  const finalWeight = beam.finalWeight === undefined ? sum : beam.finalWeight;
  const points = controlPoints(layers, beam);
  return withElements(
    [
      element('300a,00b2', 'SH', 'TR1'),
      element('300a,00b3', 'CS', 'MU'),
      element('300a,00c0', 'IS', String(beam.number)),
      element('300a,00c2', 'LO', beam.name ?? `Field ${String(beam.number)}`),
      element('300a,00c4', 'CS', 'STATIC'),
      element('300a,00c6', 'CS', 'PROTON'),
      element('300a,00ce', 'CS', 'TREATMENT'),
      ...(finalWeight === null ? [] : [element('300a,010e', 'DS', String(finalWeight))]),
      element('300a,0308', 'CS', beam.line === undefined ? 'MODULATED' : 'LINE'),
      element('300a,030a', 'FL', [2000, 2500]),
      element('300a,03a8', 'SQ', points),
      element('300c,006a', 'IS', '1'),
    ],
    beam.changes ?? {},
  );
}

function controlPoints(layers: NonNullable<RawBeam['layers']>, beam: RawBeam): readonly (readonly RawElement[])[] {
  let cumulative = 0;
  return layers.flatMap(({ energyMeV, spots }, i) => {
    const weights = spots.map(({ weight }) => weight);
    const start = controlPoint(energyMeV, spots, weights, cumulative, beam.line);
    cumulative += weights.reduce((total, weight) => total + weight, 0);
    const end = controlPoint(
      energyMeV,
      spots,
      weights.map(() => 0),
      cumulative,
      beam.line,
    );
    const later = i === 1 ? withElements(start, beam.secondLayer ?? {}) : start;
    const first = i === 0 ? withElements([...start, ...setting()], beam.firstControlPoint ?? {}) : later;
    return beam.unpaired === true ? [first] : [first, end];
  });
}

const setting = (): readonly RawElement[] => [
  element('300a,011e', 'DS', '90'),
  element('300a,011f', 'CS', 'NONE'),
  element('300a,0122', 'DS', '10'),
  element('300a,012c', 'DS', '1\\-2\\3.5'),
  element('300a,030d', 'FL', [250]),
];

function controlPoint(
  energyMeV: number,
  spots: readonly RawSpot[],
  weights: readonly number[],
  cumulative: number,
  line: RawLine | undefined,
): readonly RawElement[] {
  return [
    element('300a,0114', 'DS', String(energyMeV)),
    element('300a,0134', 'DS', String(cumulative)),
    ...(line === undefined ? standardSpots(spots, weights) : lineSpots(spots, weights, line)),
    element('300a,0398', 'FL', [9.5, 10.5]),
    element('300a,039a', 'IS', '1'),
  ];
}

const standardSpots = (spots: readonly RawSpot[], weights: readonly number[]): readonly RawElement[] => [
  element('300a,0392', 'IS', String(spots.length)),
  element(
    '300a,0394',
    'FL',
    spots.flatMap(({ x, y }) => [x, y]),
  ),
  element('300a,0396', 'FL', weights),
];

function lineSpots(spots: readonly RawSpot[], weights: readonly number[], line: RawLine): readonly RawElement[] {
  const { creator = 'IMPAC', block = '10', vr = 'UN', bigEndian = false } = line;
  const bytes = (values: readonly number[]): Buffer => floatBytes(values, bigEndian);
  const values: Readonly<Record<string, string | Buffer | undefined>> = {
    '92': Buffer.from(String(spots.length).padEnd(4)),
    '94': bytes(spots.flatMap(({ x, y }) => [x, y])),
    '96': bytes(weights),
    ...line.changes,
  };
  const given = Object.entries(values).flatMap(([number, value]) => {
    if (value === undefined) return [];
    const written = typeof value === 'string' ? Buffer.from(value) : value;
    return [element(`300b,${block}${number}`, number === '92' ? 'UN' : vr, written)];
  });
  return creator === null ? given : [element(`300b,00${block}`, 'LO', creator), ...given];
}

export function floatBytes(values: readonly number[], bigEndian = false): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => (bigEndian ? bytes.writeFloatBE(value, 4 * i) : bytes.writeFloatLE(value, 4 * i)));
  return bytes;
}
