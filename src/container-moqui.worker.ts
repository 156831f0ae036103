import { EngineDicomWriter } from './adapters/dicom/writing/engine/engine-dicom-writer.js';
import { moquiReply, type MoquiReply, type MoquiTask } from './adapters/engines/moqui/moqui-task.js';

/** Entry of the thread of moqui's engine (MoquiThread): part of the composition root, as it joins two adapters. */
export const runMoquiTask = (task: MoquiTask): Promise<MoquiReply> => moquiReply(new EngineDicomWriter(), task);
