// Kills service and engines again and again and writes what came of it to docs/durability-record.md; takes most of an hour.
//   node scripts/durability-record.mjs [matrix] [far-matrix] [service] [engine] [both] [cluster] [slurmctld] [--kills N] [--seed N]
import { record } from './record.mjs';

await record('kills/durability-record.js', 'durability-record.md');
