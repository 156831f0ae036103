import { operator } from '../../domain/errors.js';
import { makeFolders } from '../../files/make-folders.js';
import { systemCode } from '../../files/system-code.js';

/**
 * Makes a folder that the service itself lives in, if it is missing.
 * @param thing what lives there: "root", "database"
 * @throws operator `service.root-unwritable`
 */
export async function makeOwnFolder(folder: string, thing: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === null) throw cause;
    throw operator('service.root-unwritable', `the folder of the ${thing} cannot be made (${code})`, {
      cause,
      remedy:
        'see that its disk is mounted and that the service may write there; root and database.path say where it is',
    });
  }
}
