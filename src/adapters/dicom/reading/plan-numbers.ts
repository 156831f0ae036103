import { input } from '../../../domain/errors.js';
import type { CaseError } from '../../../domain/errors.js';
import type { Vec3 } from '../../../domain/vector.js';
import type { DicomDataSet } from './data-set.js';

/** An element with the name a physicist knows it by. */
export interface NamedElement {
  readonly tag: string;
  readonly name: string;
  readonly vr: 'DS' | 'FL';
}

export const element = (tag: string, name: string, vr: 'DS' | 'FL' = 'DS'): NamedElement => ({ tag, name, vr });

const REMEDY = 'correct the plan in the planning system and export it again';

/** `Gantry Angle (300A,011E)`. */
export function nameOf({ tag, name }: NamedElement): string {
  return `${name} (${tag.slice(1, 5)},${tag.slice(5)})`.replace(/\((.*)\)$/, (all) => all.toUpperCase());
}

export const badNumber = (where: string, of: NamedElement, what: string): CaseError =>
  input('plan.bad-number', `${where}: ${nameOf(of)} ${what}`, { remedy: REMEDY });

export const missing = (where: string, of: NamedElement): CaseError =>
  input('plan.missing-element', `${where}: ${nameOf(of)} is missing or empty`, { remedy: REMEDY });

/** A finite number within the limits that the calculation cannot do without. */
export function need(set: DicomDataSet, where: string, of: NamedElement, min = -Infinity, max = Infinity): number {
  const value = set.number(of.tag, of.vr);
  if (value === null) throw missing(where, of);
  return within(value, where, of, min, max);
}

export function within(value: number, where: string, of: NamedElement, min: number, max: number): number {
  if (!Number.isFinite(value)) throw badNumber(where, of, 'is not a finite number');
  if (value < min) throw badNumber(where, of, `is ${String(value)}: less than ${String(min)}`);
  if (value > max) throw badNumber(where, of, `is ${String(value)}: more than ${String(max)}`);
  return value;
}

/** A whole number, 0 and above. */
export function needWhole(set: DicomDataSet, where: string, of: NamedElement): number {
  const value = need(set, where, of, 0);
  if (!Number.isInteger(value)) throw badNumber(where, of, `is ${String(value)}: not a whole number`);
  return value;
}

export function needVector(set: DicomDataSet, where: string, of: NamedElement): Vec3 {
  const values = set.numbers(of.tag, of.vr);
  if (values.length === 0) throw missing(where, of);
  const [x, y, z] = values;
  if (x === undefined || y === undefined || z === undefined) throw badNumber(where, of, 'has fewer than three numbers');
  const checked = (value: number): number => within(value, where, of, -Infinity, Infinity);
  return [checked(x), checked(y), checked(z)];
}

/** Two positive numbers, or null when they are absent or of no use. */
export function positivePair(set: DicomDataSet, of: NamedElement): readonly [number, number] | null {
  const [x, y] = set.numbers(of.tag, of.vr);
  return x !== undefined && y !== undefined && x > 0 && y > 0 && Number.isFinite(x + y) ? [x, y] : null;
}

/** A finite number, or null. */
export function finiteOrNull(set: DicomDataSet, of: NamedElement): number | null {
  const value = set.number(of.tag, of.vr);
  return value !== null && Number.isFinite(value) ? value : null;
}
