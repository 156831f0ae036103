import { input } from '../../../domain/errors.js';
import type { CaseError } from '../../../domain/errors.js';
import type { DicomDataSet } from './data-set.js';
import type { PointSpots, SpotSource } from './plan-layers.js';
import { badNumber, element, missing, nameOf } from './plan-numbers.js';
import type { NamedElement } from './plan-numbers.js';
import { LINE_SPOTS, TAG } from './tags.js';

/** Said of each beam so read (docs/adr/0065-line-scanning-as-spots.md). */
export const LINE_REMARK = 'line scanning is calculated as spots at the recorded points, each with its recorded weight';

/** The block that (gggg,00bb) reserves is (gggg,bb00) to (gggg,bbFF): PS3.5, 7.8.1. */
const FIRST_BLOCK = 0x10;
const LAST_BLOCK = 0xff;
const MODE = element(TAG.scanMode, 'Scan Mode');

/**
 * Spots of line-scanning plans of MOSAIQ (Sumitomo): no standard spot elements, but count, positions and weights in a
 * private block of creator IMPAC. In implicit VR and after a detour they carry VR UN, so VRs are not looked at.
 */
export const LINE_SPOT_SOURCE: SpotSource = { read: lineSpots, none: noLineSpots };

type LineElements = PointSpots['elements'];

function lineSpots(point: DicomDataSet, where: string): PointSpots | null {
  const elements = blocks(point)
    .map(elementsOf)
    .find((some) => Object.values(some).some(({ tag }) => point.has(tag)));
  if (elements === undefined) return null;
  const { count, positions, weights } = elements;
  if (!point.has(count.tag)) throw missing(where, count);
  return {
    weights: floats(point, where, weights),
    positions: floats(point, where, positions),
    announced: point.number(count.tag, count.vr) ?? 0,
    elements,
  };
}

/** Numbers of the creator's blocks in this control point, as two hexadecimal digits; the usual one is 10. */
function blocks(point: DicomDataSet): readonly string[] {
  const found: string[] = [];
  for (let block = FIRST_BLOCK; block <= LAST_BLOCK; block++) {
    const digits = block.toString(16);
    if (point.string(`${LINE_SPOTS.group}00${digits}`) === LINE_SPOTS.creator) found.push(digits);
  }
  return found;
}

const elementsOf = (block: string): LineElements => {
  const named = (number: string, name: string) => element(`${LINE_SPOTS.group}${block}${number}`, name, 'DS');
  return {
    count: named(LINE_SPOTS.count, 'line spot count'),
    positions: named(LINE_SPOTS.positions, 'line spot positions'),
    weights: named(LINE_SPOTS.weights, 'line spot weights'),
  };
};

function floats(point: DicomDataSet, where: string, of: NamedElement): readonly number[] {
  const values = point.privateFloats(of.tag);
  if (values === null || values.length === 0) throw missing(where, of);
  const bytes = point.extent(of.tag)?.length ?? 0;
  if (bytes % 4 !== 0) throw badNumber(where, of, `has ${String(bytes)} bytes: not a whole number of 32-bit floats`);
  return values;
}

function noLineSpots(beam: string): CaseError {
  const elements = Object.values(elementsOf('10')).map(nameOf).join(', ');
  const message =
    `${beam}: ${nameOf(MODE)} LINE without readable spots: no control point has ${elements} ` +
    `of private creator ${LINE_SPOTS.creator}`;
  return input('plan.scan-mode', message, {
    remedy: 'export the plan with its private elements (creator included), not through a system that removes them',
  });
}
