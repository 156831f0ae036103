import { COMMAND_PLACEHOLDERS, MARKER_PLACEHOLDERS, PATH_PLACEHOLDERS } from '../domain/delivery-name.js';
import { against, type Check, type Contradiction, unknownPlaceholders } from './against.js';
import type { Settings } from './settings.js';

type Target = Settings['uploads'][number];

/** What the entries of `uploads` must satisfy together, and each of them for its kind. */
export const uploadTargets: Check = (settings) => [
  ...eachTarget(settings),
  ...commitments(settings),
  ...clientCertificates(settings),
];

const eachTarget: Check = ({ uploads }) =>
  uploads.flatMap((target, i) => {
    const key = `uploads[${String(i)}]`;
    return [
      against(
        uploads.findIndex((other) => other.name === target.name) < i,
        `${key}.name`,
        'must differ from the names of the other targets',
      ),
      ...ofItsKind(key, target),
      ...objects(`${key}.objects`, target),
      against(
        target.doctorStores && target.kind !== 'dicom' && target.kind !== 'dicomweb',
        `${key}.doctorStores`,
        'is only for a target of kind dicom or dicomweb; the others are tried by mqi doctor as it is',
      ),
      ...server(`${key}.sftp`, target.sftp),
      ...folderTemplate(`${key}.template`, target),
      ...pseudonymKey(`${key}.deidentify`, target.deidentify),
      against(
        target.command?.argv.some((argument) => TELLS_OBJECT.test(argument)) === false,
        `${key}.command.argv`,
        'must have {file} or {sopInstanceUid}: the program is not told otherwise what to deliver',
      ),
      against(
        target.kind === 'folder' && uploads.findIndex((other) => isSamePlace(other, target)) < i,
        `${key}.path`,
        'must differ from those of the other folder targets, or have another template: both would write the same files',
      ),
      ...unknownPlaceholders(`${key}.command.argv`, target.command?.argv ?? [], COMMAND_PLACEHOLDERS),
    ];
  });

const TELLS_OBJECT = /\{(file|sopInstanceUid)\}/;

const isSamePlace = (a: Target, b: Target): boolean =>
  a.kind === 'folder' && b.kind === 'folder' && a.path === b.path && a.template === b.template;

/** Targets of these kinds are given files, and can take one that is no DICOM object. */
const TAKE_REPORTS: readonly Target['kind'][] = ['folder', 'sftp'];

const objects = (key: string, { kind, objects: wanted }: Target): readonly (Contradiction | false)[] => [
  against(
    wanted?.includes('report') === true && !TAKE_REPORTS.includes(kind),
    key,
    `must not have report for a target of kind ${kind}, which takes RT Dose alone`,
  ),
  against(new Set(wanted).size < (wanted?.length ?? 0), key, 'must name each of them once'),
];

const ofItsKind = (
  key: string,
  { kind, path, sftp, command, dicom, dicomweb }: Target,
): readonly (Contradiction | false)[] =>
  (
    [
      ['folder', 'path', path],
      ['sftp', 'sftp', sftp],
      ['command', 'command', command],
      ['dicom', 'dicom', dicom],
      ['dicomweb', 'dicomweb', dicomweb],
    ] as const
  ).flatMap(([owner, name, value]) => [
    against(kind === owner && value === null, `${key}.${name}`, `must be given for a target of kind ${owner}`),
    against(kind !== owner && value !== null, `${key}.${name}`, `is only for a target of kind ${owner}`),
  ]);

/** Exactly one place, and never the YAML itself. */
const pseudonymKey = (key: string, deidentify: Target['deidentify']): readonly (Contradiction | false)[] => {
  const places = [deidentify?.keyFile, deidentify?.keyEnv].filter((place) => place !== null).length;
  return [
    against(
      deidentify !== null && places !== 1,
      `${key}.keyFile`,
      'must be given, or keyEnv, and not both: pseudonyms are made with a key',
    ),
  ];
};

const server = (key: string, sftp: Target['sftp']): readonly (Contradiction | false)[] => {
  if (sftp === null) return [];
  const { keyFile, passwordFile, passwordEnv, path, marker } = sftp;
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
    ...objectPath(`${key}.path`, path),
    ...unknownPlaceholders(`${key}.marker`, marker === null ? [] : [marker], MARKER_PLACEHOLDERS),
  ];
};

/** A path below a target that gives each object of a case a name of its own, and leads nowhere else. */
const objectPath = (key: string, path: string): readonly (Contradiction | false)[] => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = path.slice(0, path.length - name.length);
  return [
    against(
      !/\{(beamNumber|sopInstanceUid)\}/.test(path) || !/\{\w+\}/.test(name),
      key,
      'must end in a file name of its own for each object: with {beamNumber} or {sopInstanceUid}',
    ),
    against(folder.includes('{sopInstanceUid}'), key, 'may have {sopInstanceUid} in the file name only'),
    against(
      path.split('/').some((segment) => segment === '..' || segment === '.'),
      key,
      'must not contain . or .. as a folder',
    ),
    ...unknownPlaceholders(key, [path], PATH_PLACEHOLDERS),
  ];
};

/** Of a folder: below it, so neither absolute nor with signs that no share takes. */
const folderTemplate = (key: string, { kind, template }: Target): readonly (Contradiction | false)[] => {
  if (template === null) return [];
  return [
    against(kind !== 'folder', key, 'is only for a target of kind folder'),
    against(template.startsWith('/'), key, 'must not begin with /: it is below path'),
    against(/[\p{C}\\:*?"<>|]/u.test(template), key, 'must not hold control characters or any of \\ : * ? " < > |'),
    ...objectPath(key, template),
  ];
};

/** Reports of storage commitment come to a port of each target's own; over TLS, with a certificate of ours. */
const commitments: Check = ({ uploads }) =>
  uploads.flatMap(({ dicom }, i) => {
    if (dicom?.verify !== 'commitment') return [];
    const { listenPort, tls } = dicom;
    const key = `uploads[${String(i)}].dicom`;
    const isFirst = uploads.findIndex((other) => other.dicom?.listenPort === listenPort) === i;
    return [
      against(listenPort === null, `${key}.listenPort`, 'must be given for verify: commitment'),
      against(!isFirst, `${key}.listenPort`, 'must differ from the ports of the other targets'),
      against(tls !== null && tls.cert === null, `${key}.tls.cert`, 'must be given for verify: commitment'),
    ];
  });

const clientCertificates: Check = ({ uploads }) =>
  uploads.flatMap(({ dicom, dicomweb }, i) => {
    const key = `uploads[${String(i)}]`;
    const isPlain = dicomweb?.url.startsWith('http:') === true && dicomweb.tls !== null;
    return [
      against(isHalf(dicom?.tls), `${key}.dicom.tls`, 'must have both cert and key, or neither'),
      against(isHalf(dicomweb?.tls), `${key}.dicomweb.tls`, 'must have both cert and key, or neither'),
      against(isPlain, `${key}.dicomweb.tls`, 'is only for an https address'),
    ];
  });

const isHalf = (tls: { readonly cert: string | null; readonly key: string | null } | null | undefined): boolean =>
  tls !== null && tls !== undefined && (tls.cert === null) !== (tls.key === null);
