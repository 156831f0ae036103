import { toCaseError, toFailure } from '../../../domain/errors.js';
import { diskError } from '../../../files/disk-error.js';
import { beamLayers } from './beam-layers.js';
import { dosePicture } from './dose-picture.js';
import type { PictureReply, PictureTask } from './picture-task.js';

/** Entry of the worker thread: reading of doses, adding up and writing of JSON never block the service. */
export function makePicture(task: PictureTask): PictureReply {
  try {
    const made = task.do === 'dose' ? dosePicture(task) : beamLayers(task);
    return { json: new TextEncoder().encode(JSON.stringify(made)) };
  } catch (thrown) {
    const error = toCaseError(diskError(thrown));
    return { failure: toFailure(error), cause: error.cause };
  }
}
