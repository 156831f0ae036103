// Does random faults to deliveries and writes what came of it to docs/delivery-record.md; takes some minutes for each target.
//   node scripts/delivery-record.mjs [folder] [folder-template] [sftp] [dicom] [dicom-deidentified] [dicomweb] [command] [--faults 300] [--seed N]
import { record } from './record.mjs';

await record('delivery/delivery-record.js', 'delivery-record.md');
