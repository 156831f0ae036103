import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { reached } from './reached.js';

/*
 * To be loaded first (node --import), in each thread: every file that appears by rename or link is a point, before (the
 * part file is whole) and after.
 */

const nameOf = (path: fs.PathLike): string | null => {
  const place = /\/(work|outbox)\//.exec(String(path))?.[1] ?? 'root';
  const name = basename(String(path)).replace(/\d{3}/, 'N');
  return String(path).includes('/logs/') ? null : `file ${place}/${name}`;
};

function watched<R>(to: fs.PathLike, act: () => R): R {
  const name = nameOf(to);
  if (name !== null) reached(`${name}: before`);
  const result = act();
  if (name === null) return result;
  if (!(result instanceof Promise)) {
    reached(`${name}: after`);
    return result;
  }
  return result.then((value: unknown) => {
    reached(`${name}: after`);
    return value;
  }) as R;
}

const { rename, link } = fs.promises;
const { renameSync } = fs;
fs.promises.rename = (from, to) => watched(to, () => rename(from, to));
fs.promises.link = (from, to) => watched(to, () => link(from, to));
fs.renameSync = (from, to) => {
  watched(to, () => {
    renameSync(from, to);
  });
};
syncBuiltinESMExports();
