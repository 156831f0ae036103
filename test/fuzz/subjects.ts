import { dicom } from './dicom-subject.js';
import { interpreter } from './interpreter-subject.js';
import { logs } from './log-subject.js';
import type { Subject } from './subject.js';

/** Everything that is fuzzed, by the name `npm run fuzz` knows it by. */
export const SUBJECTS: Readonly<Record<string, Subject>> = { dicom, logs, interpreter };

export function subjectOf(name: string): Subject {
  const subject = SUBJECTS[name];
  if (subject === undefined) throw new Error(`no subject ${name}; there are: ${Object.keys(SUBJECTS).join(', ')}`);
  return subject;
}
