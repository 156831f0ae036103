import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Folders } from '../../domain/folders.js';
import type { CaseFile } from '../../domain/case-file.js';
import { RECORD_NAME } from '../../domain/run-record.js';
import type { FilesOf } from '../../ports/case-files.js';

/** A file that a case may have, and where it would be. */
export interface PlaceOfFile extends Omit<CaseFile, 'bytes' | 'changedAt'> {
  /** Absolute. */
  readonly path: string;
}

/** Logs of older attempts of a beam are not listed. */
const MOST_ATTEMPTS = 20;

/** Every file that a case of ours may have written and that people may have. All paths are made of ids and numbers alone. */
export function placesOfCase(folders: Folders, of: FilesOf): readonly PlaceOfFile[] {
  const { kase, results, beams } = of;
  const place = (
    path: string,
    name: string,
    what: Pick<PlaceOfFile, 'kind' | 'mediaType'> & Partial<PlaceOfFile>,
  ): PlaceOfFile => ({
    beamNumber: null,
    attempt: null,
    ...what,
    path,
    name: `${kase.id}.${name}`,
    id: createHash('sha256')
      .update(JSON.stringify([kase.id, kase.run, name]))
      .digest('base64url')
      .slice(0, 22),
  });
  const dose = { kind: 'dose', mediaType: 'application/dicom' } as const;
  const json = { kind: 'input', mediaType: 'application/json' } as const;
  const log = { kind: 'log', mediaType: 'text/plain; charset=utf-8' } as const;
  const report = { kind: 'report', mediaType: 'text/csv; charset=utf-8' } as const;
  return [
    place(folders.planDose(results), 'RD.plan.dcm', dose),
    ...beams.map(({ beamNumber }) =>
      place(folders.beamDose(results, beamNumber), `RD.${digits(beamNumber)}.dcm`, { ...dose, beamNumber }),
    ),
    place(folders.deliveryReport(kase), 'delivery-report.csv', report),
    place(join(folders.work(results), RECORD_NAME), RECORD_NAME, { kind: 'report', mediaType: 'application/json' }),
    place(folders.planCopy(kase), 'plan.dcm', { kind: 'input', mediaType: 'application/dicom' }),
    place(folders.ctImage(results), 'ct.mha', { kind: 'input', mediaType: 'application/octet-stream' }),
    ...beams.flatMap(({ beamNumber }) => [
      place(folders.beamInput(results, beamNumber), `beam-${digits(beamNumber)}.json`, { ...json, beamNumber }),
      place(folders.geometry(results, beamNumber), `geometry-${digits(beamNumber)}.json`, { ...json, beamNumber }),
    ]),
    place(folders.caseLog(kase.id), 'log', log),
    place(join(folders.interpretation(kase), 'engine.log'), 'interpreter.log', log),
    ...beams.flatMap(({ beamNumber, attempt }) =>
      newestFirst(attempt).map((number) =>
        place(
          join(folders.attempt(results, beamNumber, number), 'engine.log'),
          `beam-${digits(beamNumber)}.attempt-${String(number)}.log`,
          { ...log, beamNumber, attempt: number },
        ),
      ),
    ),
  ];
}

const newestFirst = (attempt: number): readonly number[] =>
  Array.from({ length: Math.min(attempt, MOST_ATTEMPTS) }, (_, i) => attempt - i);

const digits = (beamNumber: number): string => String(beamNumber).padStart(3, '0');
