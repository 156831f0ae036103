import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { operator } from '../domain/errors.js';
import { makeFolders } from '../files/make-folders.js';

const BYTES = 24;
const SHAPE = /^[\w-]{20,}$/;

export const webTokenPath = (root: string): string => join(root, 'web-token');

/**
 * The token that those who may act on cases hold: a line in `<root>/web-token`, readable by the service's user alone. Made
 * at the first start and kept; delete the file for a new one. It appears whole and never replaces another: of two that
 * make it at once, one wins and both read that one.
 */
export async function webToken(root: string): Promise<string> {
  const path = webTokenPath(root);
  const present = await read(path);
  if (present !== null) return present;
  await makeFolders(root);
  const part = `${path}.${randomBytes(6).toString('hex')}.part`;
  const file = await open(part, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(BYTES).toString('base64url')}\n`);
    await file.sync();
    await linkUnlessThere(part, path);
  } finally {
    await file.close();
    await rm(part, { force: true });
  }
  const made = await read(path);
  if (made === null) throw unreadable(undefined);
  return made;
}

async function linkUnlessThere(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (thrown) {
    if (!hasCode(thrown, 'EEXIST')) throw unreadable(thrown);
  }
}

async function read(path: string): Promise<string | null> {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    if (!SHAPE.test(token)) throw unreadable(undefined);
    return token;
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return null;
    throw unreadable(thrown);
  }
}

const hasCode = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === code;

const unreadable = (cause: unknown): Error =>
  operator('web.token', 'the file web-token in the root cannot be used', {
    cause,
    remedy: 'make it readable for the user of the service, or delete it: a new one is made at the next start',
  });
