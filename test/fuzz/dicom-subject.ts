import { slicePixels } from '../../src/adapters/dicom/reading/ct-slice-pixels.js';
import { entryOf } from '../../src/adapters/dicom/reading/header-reader.js';
import { parsePlan } from '../../src/adapters/dicom/reading/plan-parser.js';
import { dicomSeeds, HOSTILE } from './dicom-seeds.js';
import { DICOM_MUTATIONS } from './mutate.js';
import { FILE_LIMIT_MIB } from './subject.js';
import type { Subject } from './subject.js';

/** The DICOM reader without the disk: as header of the inventory, as plan and as CT slice. */
export const dicom: Subject = {
  seeds: dicomSeeds,
  mutations: DICOM_MUTATIONS,
  limitMiB: FILE_LIMIT_MIB,
  readers: {
    header: async (bytes) => {
      const entry = await entryOf('x', bytes, true, bytes.length);
      return entry !== 'more' && entry.kind !== 'unreadable' && entry.kind !== 'not-dicom';
    },
    plan: async (bytes) => (await parsePlan(bytes)).beams.length > 0,
    pixels: async (bytes) => (await slicePixels(bytes, 'x')).hu.length >= 0,
  },
  hostile: HOSTILE,
};
