import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { permanent } from '../../../domain/errors.js';
import type { EpochMs } from '../../../domain/time.js';
import {
  decodeElements,
  ELEMENT_BYTES,
  MAX_HEADER_BYTES,
  type MetaImageHeader,
  parseMetaImageHeader,
} from '../../../dose/meta-image.js';
import { withFile } from './with-file.js';

/** The MetaImage an engine left, read slice by slice. */
export interface EngineDose {
  readonly header: MetaImageHeader;
  /** File that holds the values, and where in it they begin. */
  readonly valuesPath: string;
  readonly valuesAt: number;
  /** Modification time of the values: when the dose was calculated. */
  readonly madeAt: EpochMs;
}

/** Reads the header and checks that the values are all there. Throws permanent `engine.bad-dose`. */
export function openEngineDose(path: string): EngineDose {
  const header = parseMetaImageHeader(firstBytes(path));
  const local = header.dataFile === 'LOCAL';
  const valuesPath = local ? path : resolve(dirname(path), header.dataFile);
  const { size, mtimeMs } = withFile(valuesPath, (file) => fstatSync(file));
  const [columns, rows, slices] = header.grid.size;
  const valuesAt = local ? header.headerBytes : 0;
  const due = columns * rows * slices * ELEMENT_BYTES[header.elementType];
  if (size - valuesAt !== due) throw permanent('engine.bad-dose', 'the dose file is not as long as its header says');
  return { header, valuesPath, valuesAt, madeAt: Math.floor(mtimeMs) };
}

/** Doses of one slice of constant z, Gy, x fastest. */
export function readSlice(file: number, { header, valuesAt }: EngineDose, slice: number): Float64Array {
  const [columns, rows] = header.grid.size;
  const bytes = Buffer.allocUnsafe(columns * rows * ELEMENT_BYTES[header.elementType]);
  const read = readSync(file, bytes, 0, bytes.length, valuesAt + slice * bytes.length);
  return decodeElements(bytes.subarray(0, read), header.elementType, columns * rows);
}

/**
 * Highest dose, Gy, of the whole file. Throws permanent `dose.bad-values` when any voxel is negative, infinite or no
 * number, before anything is written.
 */
export function checkedMaximum(file: number, dose: EngineDose): number {
  let maximum = 0;
  for (let slice = 0; slice < dose.header.grid.size[2]; slice++) {
    for (const gy of readSlice(file, dose, slice)) {
      if (!(gy >= 0 && gy <= Number.MAX_VALUE)) {
        throw permanent('dose.bad-values', "the engine's dose has values that are negative, infinite or no numbers");
      }
      if (gy > maximum) maximum = gy;
    }
  }
  return maximum;
}

function firstBytes(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(MAX_HEADER_BYTES);
    return start.subarray(0, readSync(file, start, 0, start.length, 0));
  } finally {
    closeSync(file);
  }
}
