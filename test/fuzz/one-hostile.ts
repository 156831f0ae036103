import { readFileSync } from 'node:fs';
import { dicomSeeds } from './dicom-seeds.js';
import { MemoryWatch } from './memory.js';
import { readAny, readAs } from './read-any.js';
import type { Part } from './read-any.js';

/** A process of its own for one reading of one input, whose memory nothing else has touched: `node one-hostile.js FILE PART`. */
for (const seed of dicomSeeds()) await readAny(seed);
const [file = '', part = ''] = process.argv.slice(2);
const bytes = readFileSync(file);
const memory = new MemoryWatch();
const answer = await readAs(part as Part, bytes);
process.stdout.write(JSON.stringify({ ...answer, growthMiB: memory.growthMiB() }));
