import { operator, transient, type CaseError, type CaseErrorOptions } from '../../../domain/errors.js';

/** The machine cannot be asked now; whatever runs there runs on. */
export const UNREACHABLE = 'host.unreachable';

/** What ssh's own words mean. They may name users and addresses, so they are kept as the cause only. */
export function connectFailure(name: string, stderr: string): CaseError {
  const cause = { cause: new Error(stderr.trim().slice(-400)) };
  if (/remote host identification has changed/i.test(stderr)) {
    return operator('host.key-unknown', `host ${name} shows another key than the one in its known_hosts file`, {
      ...cause,
      remedy:
        'ask the administrator of that machine: it was set up anew, or somebody stands between it and us; if the new key is its own, put it into the file in place of the old one, and the service goes on by itself',
    });
  }
  if (/host key verification failed|no .* host key is known/i.test(stderr)) {
    return operator('host.key-unknown', `the key that host ${name} shows is not in its known_hosts file`, {
      ...cause,
      remedy:
        'compare the key with the administrator of that machine and add it to the file, and the service goes on by itself',
    });
  }
  if (/permission denied|too many authentication failures|no such identity|load key|bad permissions/i.test(stderr)) {
    return operator('host.auth', `host ${name} does not let us in`, {
      ...cause,
      remedy:
        'check user and keyFile of execution.hosts and the authorized_keys there; a key with a passphrase must be in an agent (SSH_AUTH_SOCK); when it lets us in the service goes on by itself',
    });
  }
  const [, why = 'no connection', remedy = BRING_IT_BACK] = WHY.find(([words]) => words.test(stderr)) ?? [];
  return unreachable(name, why, { ...cause, remedy });
}

/** How ssh ends when it was not let in, or lost the connection; else it ends as what ran over there. */
const OF_SSH_ITSELF = 255;

/** A connection whose far end never said that our program runs there. @param code exit code of ssh; null: it was killed */
export function loginFailure(name: string, stderr: string, code: number | null): CaseError {
  if (code === OF_SSH_ITSELF) return connectFailure(name, stderr);
  const why =
    code === null
      ? 'its login does not come to an end (home folder, start files of the shell)'
      : 'its login ends without running our commands (a shell for none, a forced command, or no /proc there)';
  return unreachable(name, why, { cause: new Error(stderr.trim().slice(-400)) });
}

const CONFIG_FILE = 'mend the file named in sshConfig of execution.hosts, and the service goes on by itself';

/** By the words of OpenSSH's client and of the C library: why, and what to do where it is not the usual. */
const WHY: readonly (readonly [RegExp, string, string?])[] = [
  [/^\s*$/, 'the connection was closed'],
  [
    /could not resolve hostname/i,
    'its name is not known (DNS, or Host in sshConfig)',
    'mend the name service and the service goes on by itself; or correct host in execution.hosts and restart it',
  ],
  [
    /connection refused/i,
    'no sshd listens there',
    'start sshd there and the service goes on by itself; or correct host and port in execution.hosts and restart it',
  ],
  [/no route to host|network is unreachable/i, 'there is no way to it in the network'],
  [/timed out|not responding/i, 'it does not answer'],
  [/can't open user config file/i, 'the file named in sshConfig cannot be read', CONFIG_FILE],
  [
    /bad configuration option|terminating, \d+ bad/i,
    'the file named in sshConfig has a line that ssh does not know',
    CONFIG_FILE,
  ],
  [
    /bad owner or permissions on/i,
    'others may change the file named in sshConfig, so ssh refuses it',
    'chmod go-w that file, and the service goes on by itself',
  ],
];

/** Jobs there run on, and are found again; what cannot be mended here is looked for there. */
const BRING_IT_BACK =
  'see whether the machine, its network and its sshd are up; when they are the service goes on by itself, and jobs there run on meanwhile';

/** Transient: the connection dropped, or there is none. */
export const unreachable = (name: string, why: string, options: CaseErrorOptions = {}): CaseError =>
  transient(UNREACHABLE, `host ${name} cannot be reached: ${why}`, { remedy: BRING_IT_BACK, ...options });

/** A call that was made over there and failed, by the words of the core utilities. */
export function remoteFailure(name: string, doing: string, said: string): CaseError {
  const cause = { cause: new Error(said.trim().slice(-400)) };
  if (/no space left|quota exceeded/i.test(said)) {
    const remedy = `free space in the work folder of host ${name}, then: mqi resume ID`;
    return operator('disk.full', `the disk of host ${name} is full: ${doing} failed`, { ...cause, remedy });
  }
  if (/read-only file system/i.test(said)) {
    const remedy = 'look why (mostly an error of the disk), mount it writable, then: mqi resume ID';
    return operator('disk.read-only', `the disk of host ${name} is mounted read-only: ${doing} failed`, {
      ...cause,
      remedy,
    });
  }
  if (/permission denied|operation not permitted/i.test(said)) {
    const remedy = `give the user on host ${name} the right to write in its work folder, then: mqi resume ID`;
    return operator('host.not-permitted', `${doing} is not permitted on host ${name}`, { ...cause, remedy });
  }
  return transient('host.busy', `${doing} failed on host ${name}`, cause);
}
