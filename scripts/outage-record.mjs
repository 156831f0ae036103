// Measures an outage of an upload target on a simulated clock and writes its part of docs/delivery-record.md; takes a minute.
//   node scripts/outage-record.mjs
import { record } from './record.mjs';

await record('outage/outage-record.js', 'delivery-record.md');
