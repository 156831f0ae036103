import { z } from 'zod';
import { DATE_RULES } from '../../domain/pseudonym.js';
import { about, choice } from '../choice.js';
import { dicomTarget } from './dicom-target.js';
import { dicomWebTarget } from './dicomweb-target.js';

/** What a case has to deliver. */
const DELIVERED = ['beams', 'plan', 'report'] as const;

const FILE_RULE = 'null, or a path; relative to root';
const file = z.string().min(1).nullable().default(null);

const sftpServer = z.strictObject({
  host: z
    .string()
    .regex(/^[\w.:-]+$/)
    .regex(/^[^-]/)
    .meta(about('Address of the server.', { rule: 'a name or address' })),
  port: z.int().min(1).max(65_535).default(22).meta(about('Its port.')),
  user: z
    .string()
    .min(1)
    .meta(about('User there.', { rule: 'a user name' })),
  keyFile: file.meta(about('Private key (OpenSSH or PEM).', { rule: FILE_RULE })),
  passwordFile: file.meta(
    about("File whose first line is the password; with keyFile it is the key's passphrase.", { rule: FILE_RULE }),
  ),
  passwordEnv: z
    .string()
    .regex(/^[A-Za-z_]\w*$/)
    .nullable()
    .default(null)
    .meta(
      about('The same from this variable of the environment.', {
        rule: 'null, or the name of an environment variable',
      }),
    ),
  knownHosts: z
    .string()
    .min(1)
    .meta(
      about("known_hosts file that holds the server's key; an unknown key is never accepted.", {
        rule: 'a path; relative to root',
      }),
    ),
  path: z
    .string()
    .min(1)
    .default('{folder}/RD.{beamNumber}.{sopInstanceUid}.dcm')
    .meta(
      about('Where an object goes there, folders included (docs/uploads.md).', {
        rule: 'a path with placeholders',
      }),
    ),
  marker: z
    .string()
    .regex(/^[^/]+$/)
    .nullable()
    .default(null)
    .meta(
      about('File written beside the objects when all of a case are there; null: none.', {
        rule: 'null, or a file name with placeholders',
      }),
    ),
});

const program = z.strictObject({
  argv: z
    .array(z.string().min(1))
    .min(1)
    .meta(
      about('The program and its arguments, with placeholders (docs/uploads.md).', {
        rule: 'a list of at least one text',
      }),
    ),
  timeoutMinutes: z.number().positive().max(1440).default(10).meta(about('For one object, after which it is killed.')),
  permanentExitCodes: z
    .array(z.int().min(1).max(255))
    .default([])
    .meta(
      about('Exit codes that mean "never": the case fails instead of being tried again.', {
        rule: 'a list of whole numbers, 1 to 255',
      }),
    ),
});

const deidentified = z.strictObject({
  keyFile: file.meta(about('File that holds the key of the pseudonyms, at least 16 characters.', { rule: FILE_RULE })),
  keyEnv: z
    .string()
    .regex(/^[A-Za-z_]\w*$/)
    .nullable()
    .default(null)
    .meta(
      about('The same from this variable of the environment.', {
        rule: 'null, or the name of an environment variable',
      }),
    ),
  dates: z
    .enum(DATE_RULES)
    .default('remove')
    .meta(
      about('remove: left out. shift: moved back by whole days, by as many for all of a patient. keep: as they are.'),
    ),
  shiftDays: z.int().min(1).max(3650).default(365).meta(about('shift: by up to this many days.')),
  keepSex: z.boolean().default(false).meta(about("Keep the patient's sex.")),
  prefix: z
    .string()
    .regex(/^[A-Z0-9]{1,8}$/)
    .default('P')
    .meta(about('What pseudonyms begin with.', { rule: '1 to 8 capital letters or digits' })),
});

const target = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/)
    .meta(about('What the service calls it; part of every receipt.', { rule: 'letters, digits, _ . -' })),
  kind: choice(['folder', 'sftp', 'dicom', 'dicomweb', 'command']).meta(
    about(
      'folder: a folder or mounted share. sftp: an SFTP server. dicom: a PACS or TPS. dicomweb: an archive. command: a program of the site.',
    ),
  ),
  optional: z
    .boolean()
    .default(false)
    .meta(about('true: a failure there does not keep the case from being completed.')),
  concurrency: z
    .int()
    .min(1)
    .max(32)
    .default(4)
    .meta(about('Cases delivered there at once; further ones wait for their turn, also after an outage.')),
  ratePerMinute: z
    .int()
    .min(30)
    .nullable()
    .default(null)
    .meta(
      about(
        'Objects sent there per minute at most, so that a backlog does not flood it; null: as fast as it takes them.',
        {
          rule: 'null, or a whole number of at least 30',
        },
      ),
    ),
  probeCapSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .meta(
      about(
        'A target that is down is tried again at the latest after this, by one case at a time; also retryDelayCapSeconds holds.',
      ),
    ),
  objects: z
    .array(z.enum(DELIVERED))
    .min(1)
    .nullable()
    .default(null)
    .meta(
      about(
        'What goes there. beams: the RT Dose of each beam. plan: that of the plan. report: planned against delivered (CSV; folder, sftp). null: all of it.',
        { rule: 'null, or a list of beams, plan, report' },
      ),
    ),
  doctorStores: z
    .boolean()
    .default(false)
    .meta(
      about(
        'dicom, dicomweb: mqi doctor stores a test object without patient there and proves it; it stays there unless the server lets it be removed.',
      ),
    ),
  path: file.meta(about('folder: where.', { rule: FILE_RULE })),
  template: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta(
      about(
        'folder: where an object goes there, folders included (docs/uploads.md); null: {folder}/RD.{beamNumber}.dcm, an earlier run moved aside.',
        { rule: 'null, or a path with placeholders' },
      ),
    ),
  receiptTable: z.boolean().default(false).meta(about('folder: also writes receipt.csv beside receipt.json.')),
  sftp: sftpServer
    .nullable()
    .default(null)
    .meta(about('sftp: the server.', { rule: 'null, or {host, user, knownHosts, keyFile or passwordFile ...}' })),
  command: program
    .nullable()
    .default(null)
    .meta(about('command: the program.', { rule: 'null, or {argv, timeoutMinutes, permanentExitCodes}' })),
  deidentify: deidentified
    .nullable()
    .default(null)
    .meta(
      about('Deliver without identity, under keyed pseudonyms (docs/uploads.md); null: as it is.', {
        rule: 'null, or {keyFile or keyEnv, dates, shiftDays, keepSex, prefix}',
      }),
    ),
  dicom: dicomTarget,
  dicomweb: dicomWebTarget,
});

export const uploadsList = z
  .array(target)
  .min(1)
  .prefault([{ name: 'outbox', kind: 'folder', path: 'outbox' }])
  .meta(
    about('Where results go: every object to each of these.', {
      rule: 'list of at least one {name, kind, and path, sftp, dicom, dicomweb or command}',
    }),
  );
