import { z } from 'zod';
import { about, choice } from '../choice.js';
import { GPU_TOOL_RULE, gpuTool } from './gpu-tool.js';

const folder = z.string().regex(/^\//);
const FOLDER_RULE = 'an absolute path';

const samePlace = z.strictObject({
  here: folder.meta(about('As this machine sees it.', { rule: FOLDER_RULE })),
  there: folder.meta(about('As that machine sees it.', { rule: FOLDER_RULE })),
});

const host = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/)
    .meta(about('What the service calls the machine.', { rule: 'letters, digits, _ . -' })),
  kind: choice(['local', 'ssh']).meta(about('local: this machine. ssh: another one, reached by the OpenSSH client.')),
  scheduler: choice(['direct', 'slurm'])
    .nullable()
    .default(null)
    .meta(about('Who starts jobs there; null: as execution.scheduler says.', { rule: 'null, direct or slurm' })),
  host: z
    .string()
    .regex(/^[\w.:-]+$/)
    .regex(/^[^-]/)
    .nullable()
    .default(null)
    .meta(about('ssh: its address, or its name in sshConfig.', { rule: 'null, or a name or address' })),
  port: z.int().min(1).max(65_535).nullable().default(null).meta(about('ssh: port; null: 22, or as sshConfig says.')),
  user: z
    .string()
    .regex(/^[\w.][\w.-]*$/)
    .nullable()
    .default(null)
    .meta(about('ssh: user there; null: as here, or as sshConfig says.', { rule: 'null, or a user name' })),
  keyFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta(
      about('ssh: private key; null: those of a running ssh-agent.', { rule: 'null, or a path; relative to root' }),
    ),
  knownHosts: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta(
      about("ssh: file that holds the machine's key; an unknown key is never accepted. null: the user's own file.", {
        rule: 'null, or a path; relative to root',
      }),
    ),
  sshConfig: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta(
      about('ssh: an ssh_config file, for jump hosts and the like. null: none is read.', {
        rule: 'null, or a path; relative to root',
      }),
    ),
  workDir: folder
    .nullable()
    .default(null)
    .meta(
      about('ssh: a folder there that is ours alone; jobs run below it.', { rule: `null, or ${FOLDER_RULE} there` }),
    ),
  sharedFolder: samePlace
    .nullable()
    .default(null)
    .meta(
      about('ssh: a folder both machines see; files below it are not copied.', {
        rule: 'null, or {here, there}, absolute paths',
      }),
    ),
  installed: z
    .array(samePlace)
    .default([])
    .meta(
      about('ssh: where programs named in this file, or the service itself, lie there if it is another place.', {
        rule: 'list of {here, there}, absolute paths',
      }),
    ),
  gpuTool: gpuTool
    .nullable()
    .default(null)
    .meta(
      about('The program that lists the GPUs there; null: as execution.gpus.tool.', {
        rule: `null, or ${GPU_TOOL_RULE}`,
      }),
    ),
  keepDays: z
    .int()
    .min(1)
    .default(7)
    .meta(about('ssh: files in workDir that were not used for so many days are removed.')),
});

export const hostsList = z
  .array(host)
  .min(1)
  .prefault([{ name: 'local', kind: 'local' }])
  .meta(
    about('Machines that run jobs.', {
      rule: 'list of {name, kind, and for ssh host, workDir, user, keyFile, knownHosts ...}',
    }),
  );
