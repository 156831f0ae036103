import type { Readable } from 'node:stream';
import { Token } from 'typedi';
import type { Case } from '../domain/case.js';
import type { CaseFile } from '../domain/case-file.js';

/** Of which case files are meant. */
export interface FilesOf {
  readonly kase: Pick<Case, 'id' | 'run'>;
  /** The case whose work folder holds doses and inputs: another run's, where that one's results stand for this one's. */
  readonly results: Pick<Case, 'id' | 'run'>;
  /** With the number of their newest attempt. */
  readonly beams: readonly { readonly beamNumber: number; readonly attempt: number }[];
}

export interface OpenedFile extends CaseFile {
  /** Changes when the file does. */
  readonly tag: string;
  /** Bytes from start to end, both included; closes the file when it has ended or is destroyed. Once. */
  stream(start: number, end: number): Readable;
  /** In place of `stream`. */
  close(): Promise<void>;
}

/** What a case has written: RT Dose, what the engines were given, reports and logs. Only what stands on the list can be had. */
export interface CaseFiles {
  /** Those that are there, in the order in which people look for them. */
  list(of: FilesOf): Promise<readonly CaseFile[]>;
  /** Null where no file of the list has this id (any longer). */
  open(of: FilesOf, id: string): Promise<OpenedFile | null>;
}
export const CaseFiles = new Token<CaseFiles>('CaseFiles');
