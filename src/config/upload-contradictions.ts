import { COMMAND_PLACEHOLDERS, MARKER_PLACEHOLDERS, PATH_PLACEHOLDERS } from '../domain/delivery-name.js';
import { against, type Check, type Contradiction, unknownPlaceholders } from './against.js';
import type { Settings } from './settings.js';

type Target = Settings['uploads'][number];

/** What the entries of `uploads` must satisfy together, and each of them for its kind. */
export const uploadTargets: Check = ({ uploads }) =>
  uploads.flatMap((target, i) => {
    const key = `uploads[${String(i)}]`;
    return [
      against(
        uploads.findIndex((other) => other.name === target.name) < i,
        `${key}.name`,
        'must differ from the names of the other targets',
      ),
      ...ofItsKind(key, target),
      ...server(`${key}.sftp`, target.sftp),
      ...unknownPlaceholders(`${key}.command.argv`, target.command?.argv ?? [], COMMAND_PLACEHOLDERS),
    ];
  });

const ofItsKind = (key: string, { kind, path, sftp, command }: Target): readonly (Contradiction | false)[] =>
  (
    [
      ['folder', 'path', path],
      ['sftp', 'sftp', sftp],
      ['command', 'command', command],
    ] as const
  ).flatMap(([owner, name, value]) => [
    against(kind === owner && value === null, `${key}.${name}`, `must be given for a target of kind ${owner}`),
    against(kind !== owner && value !== null, `${key}.${name}`, `is only for a target of kind ${owner}`),
  ]);

const server = (key: string, sftp: Target['sftp']): readonly (Contradiction | false)[] => {
  if (sftp === null) return [];
  const { keyFile, passwordFile, passwordEnv, path, marker } = sftp;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = path.slice(0, path.length - name.length);
  return [
    against(
      [keyFile, passwordFile, passwordEnv].every((secret) => secret === null),
      `${key}.keyFile`,
      'must be given, or passwordFile or passwordEnv: the server will ask for one of them',
    ),
    against(
      passwordFile !== null && passwordEnv !== null,
      `${key}.passwordEnv`,
      'must not be given together with passwordFile',
    ),
    against(
      !/\{(beamNumber|sopInstanceUid)\}/.test(path) || !/\{\w+\}/.test(name),
      `${key}.path`,
      'must end in a file name of its own for each object: with {beamNumber} or {sopInstanceUid}',
    ),
    against(folder.includes('{sopInstanceUid}'), `${key}.path`, 'may have {sopInstanceUid} in the file name only'),
    against(
      path.split('/').some((segment) => segment === '..' || segment === '.'),
      `${key}.path`,
      'must not contain . or .. as a folder',
    ),
    ...unknownPlaceholders(`${key}.path`, [path], PATH_PLACEHOLDERS),
    ...unknownPlaceholders(`${key}.marker`, marker === null ? [] : [marker], MARKER_PLACEHOLDERS),
  ];
};
