import { readFileSync } from 'node:fs';
import { MemoryWatch } from './memory.js';
import { readAny, readAs } from './subject.js';
import { subjectOf } from './subjects.js';

/**
 * A process of its own for one reading of one input, whose memory nothing else has touched:
 * `node one-hostile.js SUBJECT FILE READER`.
 */
const [name = '', file = '', reader = ''] = process.argv.slice(2);
const subject = subjectOf(name);
for (const seed of subject.seeds()) await readAny(subject, seed);
const bytes = readFileSync(file);
const memory = new MemoryWatch();
const answer = await readAs(subject, reader, bytes);
process.stdout.write(JSON.stringify({ ...answer, growthMiB: memory.growthMiB() }));
