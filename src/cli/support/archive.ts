import { link, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { operator } from '../../domain/errors.js';
import { makeFolders } from '../../files/make-folders.js';
import { systemCode } from '../../files/system-code.js';
import type { Host } from '../../ports/host.js';
import type { BundleFile } from './scan-files.js';

const LIMIT_MS = 120_000;

/**
 * Writes the files as a .tar.gz that is there whole or not at all, readable by its owner alone, over no other file. By the
 * system's tar, which is told to write no user names. What it packs lies beside it meanwhile, in a folder of mode 700.
 */
export async function writeArchive(
  target: string,
  name: string,
  files: readonly BundleFile[],
  here: Host,
): Promise<void> {
  const scratch = await mkdtemp(join(dirname(target), '.mqi-support-')).catch((cause: unknown) => {
    throw notWritten(systemCode(cause) ?? 'unknown reason', cause);
  });
  try {
    for (const { path, bytes } of files) {
      const at = join(scratch, name, path);
      await makeFolders(dirname(at), 0o700);
      await writeFile(at, bytes, { mode: 0o600 });
    }
    const part = join(scratch, 'bundle.tar.gz');
    await (await open(part, 'wx', 0o600)).close();
    const argv = ['tar', '--create', '--gzip', '--owner=0', '--group=0', '--numeric-owner', `--file=${part}`];
    const end = await here.run([...argv, `--directory=${scratch}`, name], LIMIT_MS);
    if (end.how !== 'exited' || end.code !== 0) throw notWritten(`tar: ${end.how}`, undefined);
    await flushed(part);
    await link(part, target);
  } catch (thrown) {
    if (systemCode(thrown) === null) throw thrown;
    throw notWritten(systemCode(thrown) ?? '', thrown);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function flushed(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

const notWritten = (why: string, cause: unknown): Error =>
  operator('support.not-written', `the bundle could not be written (${why})`, {
    cause,
    remedy: 'give another place by --output; a file that is there is not replaced',
  });
