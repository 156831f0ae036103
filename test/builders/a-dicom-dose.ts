import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { MadeDose } from '../../src/ports/dose-maker.js';
import { dicomFile, element } from './dicom-bytes.js';

interface DicomDose {
  readonly sopInstanceUid?: string;
  /** Of the maximum; two doses differ in it. */
  readonly doseGridScaling?: string;
  readonly frames?: number;
}

let lastUid = 0;
/** A SOP instance UID that no other object of this test run has. */
export const freshUid = (): string => `2.25.7${String(Date.now())}${String(process.pid)}${String((lastUid += 1))}`;

/** A whole RT Dose file, 64 x 64 voxels a frame, without any person's data. */
export function aDicomDose(
  path: string,
  { sopInstanceUid = '2.25.1', doseGridScaling = '1.25e-5', frames = 2 }: DicomDose = {},
): MadeDose {
  const pixels = Buffer.alloc(64 * 64 * 2 * frames, Buffer.from([1, 2, 3, 4, 5]));
  const bytes = dicomFile([
    element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.2'),
    element('0008,0018', 'UI', sopInstanceUid),
    element('0008,0060', 'CS', 'RTDOSE'),
    element('0010,0010', 'PN', 'TEST^OBJECT'),
    element('0010,0020', 'LO', 'TEST'),
    element('0020,000d', 'UI', '2.25.71'),
    element('0020,000e', 'UI', '2.25.72'),
    element('0028,0002', 'US', [1]),
    element('0028,0004', 'CS', 'MONOCHROME2'),
    element('0028,0008', 'IS', String(frames)),
    element('0028,0010', 'US', [64]),
    element('0028,0011', 'US', [64]),
    element('0028,0100', 'US', [16]),
    element('0028,0101', 'US', [16]),
    element('0028,0102', 'US', [15]),
    element('0028,0103', 'US', [0]),
    element('3004,0002', 'CS', 'GY'),
    element('3004,000e', 'DS', doseGridScaling),
    element('7fe0,0010', 'OW', pixels),
  ]);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, sopInstanceUid, sha256, bytes: bytes.length, beamNumber: 1 };
}
