import { isAbsolute, join, relative } from 'node:path';
import { operator } from '../../domain/errors.js';
import type { Settings } from '../../ports/settings.js';

/** How every unit of ours begins: by it `mqi service` knows the file as its own. */
export const UNIT_MARK = '# Made by "mqi service install".';

/** What a unit is made of. All paths absolute. */
export interface UnitFacts {
  /** Node, and the compiled command line. */
  readonly node: string;
  readonly program: string;
  /** Null when defaults apply. */
  readonly configFile: string | null;
  readonly settings: Pick<Settings, 'root' | 'umask' | 'database' | 'uploads' | 'intake'>;
  readonly user: string;
  /** Holds secrets and MQI_ variables; may be missing. */
  readonly environmentFile: string;
  /** Further folders that engines or programs of the site write to. */
  readonly writable: readonly string[];
}

const isBelow = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
};

const CONTROL = /\p{Cc}/u;

/** `%` begins a specifier everywhere in a unit; a line break would begin a line of its own, and cannot be written. */
function plain(text: string): string {
  if (!CONTROL.test(text)) return text.replaceAll('%', '%%');
  throw operator('service.path', 'a path of the configuration has a control character, which a unit cannot hold', {
    remedy: 'rename that folder or file',
  });
}
/** One word of a list. */
const word = (text: string): string => `"${plain(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
/** One argument of a command, where `$` would begin a variable as well. */
const argument = (text: string): string => word(text).replaceAll('$', '$$$$');

/** Folders outside the root that the service itself writes to. One that is not there does not keep it from starting. */
function outside({ settings, writable }: UnitFacts): readonly string[] {
  const { root, database, uploads } = settings;
  const ofDatabase = database.kind === 'sqlite' ? [join(database.path, '..')] : [];
  const ofTargets = uploads.flatMap(({ kind, path }) => (kind === 'folder' && path !== null ? [path] : []));
  const wanted = [...ofDatabase, ...ofTargets, ...writable].filter((path) => !isBelow(root, path));
  return [...new Set(wanted)].map((path) => `-${path}`);
}

/** Inboxes below the root, which would be writable with it. Others are read-only as everything is. */
function inboxes({ settings: { root, intake } }: UnitFacts): readonly string[] {
  const all = [intake.inbox, ...intake.inboxes.map(({ path }) => path)];
  return all.filter((path) => isBelow(root, path)).map((path) => `-${path}`);
}

/** What no part of the service, and no engine, needs. */
const HARDENING = `NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectHostname=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
SystemCallArchitectures=native
`;

/**
 * The unit, as text. Throws operator `service.path`. Why what is there is there, and what of systemd's hardening is not:
 * docs/adr/0187-the-systemd-unit.md.
 */
export function systemdUnit(facts: UnitFacts): string {
  const { node, program, configFile, settings, user, environmentFile } = facts;
  const { root } = settings;
  const config = configFile === null ? [] : ['--config', configFile];
  const command = [node, program, 'start', '--wait', '60', '--root', root, ...config].map(argument).join(' ');
  const readOnly = inboxes(facts);
  return `${UNIT_MARK}
# Run it again after a change of root, umask, database.path, inboxes or folder targets; changes by hand belong into
# a drop-in (systemctl edit).
[Unit]
Description=MQI Communicator: proton dose calculation of dropped cases
After=network-online.target remote-fs.target time-sync.target
Wants=network-online.target
RequiresMountsFor=${word(root)}
StartLimitIntervalSec=600
StartLimitBurst=10

[Service]
Type=notify
NotifyAccess=all
ExecStart=${command}
WorkingDirectory=${plain(root)}
User=${user}
EnvironmentFile=-${plain(environmentFile)}
# In the journal, instead of "node".
SyslogIdentifier=%N
UMask=0${settings.umask}
TimeoutStartSec=600
TimeoutStopSec=60
WatchdogSec=60

# Wrong usage or configuration (2) does not get better by itself.
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2

# Engines outlive the service and are found again; one that takes too much memory takes nobody with it.
KillMode=process
OOMPolicy=continue

# Nothing is writable but what has to be. /tmp is not private: a private one is removed under running engines.
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=${[root, '/tmp', '/var/tmp', ...outside(facts)].map(word).join(' ')}
${readOnly.length === 0 ? '' : `ReadOnlyPaths=${readOnly.map(word).join(' ')}\n`}${HARDENING}
[Install]
WantedBy=multi-user.target
`;
}
