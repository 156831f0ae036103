/** How one machine is reached by OpenSSH (execution.hosts[], kind ssh). */
export interface SshOptions {
  /** The name the service knows the machine by. */
  readonly name: string;
  /** Address, or a name of `configFile`. */
  readonly host: string;
  readonly port: number | null;
  readonly user: string | null;
  /** Private key; null: those of the agent and of `configFile`. */
  readonly keyFile: string | null;
  /** Must hold the machine's key: an unknown one is never accepted. Null: the user's own file. */
  readonly knownHosts: string | null;
  /** An ssh_config(5) for jump hosts and the like; null: none is read. */
  readonly configFile: string | null;
  /** By default `ssh`. */
  readonly program?: string;
}

/** A connection without an answer is given up after this. */
const CONNECT_TIMEOUT_S = 10;
/** A dead peer is noticed within three of these, also when nothing is asked of it. */
const ALIVE_EVERY_S = 5;

/**
 * Arguments up to the remote command. BatchMode: never asks anybody anything. StrictHostKeyChecking=yes: a machine whose
 * key is not known, or has changed, is refused.
 * @param control socket of the shared connection
 * @param role `master` opens it; `guest` runs over it
 */
export function sshArguments(
  { host, port, user, keyFile, knownHosts, configFile }: SshOptions,
  control: string,
  role: 'master' | 'guest',
): readonly string[] {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    'ForwardAgent=no',
    'ForwardX11=no',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
    'RequestTTY=no',
    'EscapeChar=none',
    'LogLevel=ERROR',
    `ConnectTimeout=${String(CONNECT_TIMEOUT_S)}`,
    `ServerAliveInterval=${String(ALIVE_EVERY_S)}`,
    'ServerAliveCountMax=3',
    `ControlMaster=${role === 'master' ? 'yes' : 'no'}`,
    'ControlPersist=no',
    `ControlPath=${control}`,
    ...(knownHosts === null ? [] : [`UserKnownHostsFile=${quoted(knownHosts)}`, 'GlobalKnownHostsFile=none']),
    ...(keyFile === null ? [] : ['IdentitiesOnly=yes', `IdentityFile=${quoted(keyFile)}`]),
  ];
  return [
    '-F',
    configFile ?? 'none',
    ...options.flatMap((option) => ['-o', option]),
    ...(port === null ? [] : ['-p', String(port)]),
    ...(user === null ? [] : ['-l', user]),
    '--',
    host,
  ];
}

/** Values of ssh_config(5) end at a space, and % begins a token. */
const quoted = (path: string): string => `"${path.replaceAll('%', '%%')}"`;
