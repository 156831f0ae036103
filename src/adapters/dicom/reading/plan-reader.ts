import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { input } from '../../../domain/errors.js';
import { MAX_PLAN_BYTES } from '../../../domain/plan.js';
import type { IonPlan } from '../../../domain/plan.js';
import { diskError } from '../../../files/disk-error.js';
import { mayPass } from '../../../files/system-code.js';
import { parsePlan } from './plan-parser.js';

/** The plan in a file. Throws as `parsePlan`, and input `plan.not-readable` when the file cannot be read. */
export async function readPlanFile(file: string): Promise<IonPlan> {
  return parsePlan(await planBytes(file));
}

/** Size of the file; input `plan.not-readable` when it is not there. */
export async function planSize(file: string): Promise<number> {
  return withPlan(file, async (handle) => (await handle.stat()).size);
}

async function planBytes(file: string): Promise<Buffer> {
  return withPlan(file, async (handle) => {
    const stats = await handle.stat();
    if (!stats.isFile()) throw notReadable(undefined);
    // One byte beyond the cap is enough for the parser to refuse it.
    const size = Math.min(stats.size, MAX_PLAN_BYTES + 1);
    const bytes = Buffer.allocUnsafe(size);
    let have = 0;
    while (have < size) {
      const { bytesRead } = await handle.read(bytes, have, size - have, have);
      if (bytesRead === 0) break;
      have += bytesRead;
    }
    return bytes.subarray(0, have);
  });
}

async function withPlan<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw mayPass(cause) ? diskError(cause, 'the disk of the plan') : notReadable(cause);
  }
  try {
    return await use(handle);
  } catch (cause) {
    throw mayPass(cause) ? diskError(cause, 'the disk of the plan') : cause;
  } finally {
    await handle.close();
  }
}

const notReadable = (cause: unknown) =>
  input('plan.not-readable', 'the plan file cannot be opened', {
    cause,
    remedy: 'check that the file is there and may be read, then put it into the folder again',
  });
