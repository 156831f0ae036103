import { BlockList, isIPv6, type AddressInfo } from 'node:net';
import { Inject, Service } from 'typedi';
import type { Folders } from '../domain/folders.js';
import { operator, type CaseError } from '../domain/errors.js';
import { AuditTrail } from '../ports/audit-trail.js';
import { CaseControl } from '../ports/case-control.js';
import { CaseFiles } from '../ports/case-files.js';
import { CasePictures } from '../ports/case-pictures.js';
import { CaseHistory } from '../ports/case-history.js';
import { CaseLists } from '../ports/case-lists.js';
import { CaseQueries } from '../ports/case-queries.js';
import { Clock } from '../ports/clock.js';
import { DeliveryControl } from '../ports/delivery-control.js';
import { DiskHistory } from '../ports/disk-history.js';
import { DiskSpace } from '../ports/disk-space.js';
import { Inboxes } from '../ports/inboxes.js';
import { LogReader } from '../ports/log-reader.js';
import { Logger } from '../ports/logger.js';
import { Settings } from '../ports/settings.js';
import { Users } from '../ports/users.js';
import { WorkFolders } from '../ports/work-folders.js';
import { isLoopback, type AccessRule, type TrustedProxy } from './access.js';
import { buildWebApp, type WebApp } from './build-web-app.js';
import { Certificate } from './certificate.js';
import type { WebPorts } from './web-ports.js';
import { webToken } from './web-token.js';

export interface WebAddress {
  /** `http://127.0.0.1:8321/` */
  readonly address: string;
  /** The address with the token, for the user who started the service; never logged. */
  readonly pageUrl: string;
}

/** The live page and the HTTP interface, in the process of the service. */
@Service()
export class WebServer {
  #web: WebApp | null = null;

  constructor(
    @Inject(Settings) private readonly settings: Settings,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(CaseQueries) private readonly queries: CaseQueries,
    @Inject(CaseControl) private readonly control: CaseControl,
    @Inject(DeliveryControl) private readonly deliveries: DeliveryControl,
    @Inject(Inboxes) private readonly inboxes: Inboxes,
    @Inject(CasePictures) private readonly pictures: CasePictures,
    @Inject(CaseFiles) private readonly files: CaseFiles,
    @Inject(LogReader) private readonly logs: LogReader,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
    @Inject(Users) private readonly users: Users,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    @Inject(CaseLists) private readonly lists: CaseLists,
    @Inject(CaseHistory) private readonly history: CaseHistory,
    @Inject(DiskSpace) private readonly disk: DiskSpace,
    @Inject(DiskHistory) private readonly diskHistory: DiskHistory,
  ) {}

  /** Throws operator `web.port-taken`, `web.cannot-listen`, `web.unprotected`, `web.tls` or `web.token`. */
  async start(): Promise<WebAddress> {
    const { web: options } = this.settings;
    const { host, port, tls } = options;
    const rule = accessRule(options, options.auth === 'none' ? null : await webToken(this.folders.root));
    if (rule.insecure === true) {
      if (!options.insecure) throw unprotected(host);
      this.log.warn('web page served without protection', { code: 'web.insecure' });
    }
    const { log } = this;
    const certificate = certificateOf(tls, log);
    const web = await buildWebApp(this.#ports(), rule, certificate);
    try {
      await web.app.listen({ host, port });
    } catch (thrown) {
      await web.app.close();
      throw cannotListen(thrown, host, port);
    }
    this.#web = web;
    const { port: chosen } = web.app.server.address() as AddressInfo;
    log.info('web page served', { port: chosen });
    const address = `${certificate === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${String(chosen)}/`;
    // Where people have names, they come in by them.
    const token = options.auth === 'token' ? rule.token : null;
    return { address, pageUrl: token === null ? address : `${address}#token=${token}` };
  }

  #ports(): WebPorts {
    const { queries, lists, history, inboxes, pictures, files, logs, disk, diskHistory } = this;
    const { control, deliveries, clock, log, users, audit } = this;
    const minFreeBytes = this.settings.intake.minFreeGiB * 2 ** 30;
    const { root } = this.folders;
    const { slots } = this.settings.execution;
    const disks = { disk, diskHistory, root, minFreeBytes };
    const reading = { queries, lists, history, inboxes, pictures, files, logs, slots };
    return { ...reading, ...disks, control, deliveries, clock, log, users, audit };
  }

  /** Something may have changed: pages hear of it at once instead of at the next look. */
  changed(): void {
    this.#web?.notices.changed();
  }

  /** Ends event streams and connections; resolves when the port is free. */
  async stop(): Promise<void> {
    const web = this.#web;
    this.#web = null;
    web?.endStreams();
    await web?.app.close();
  }
}

type WebSettings = Settings['web'];

/** Who may come in by the configuration. */
function accessRule(options: WebSettings, token: string | null): AccessRule {
  const { host, auth, names, patientsFor, session, tls, proxy } = options;
  const loopback = isLoopback(host);
  const encrypted = tls.certFile !== null;
  return {
    token,
    loopback,
    auth,
    names,
    patientsFor,
    tls: encrypted,
    insecure: !loopback && (auth === 'none' || !encrypted),
    idleMs: session.idleMinutes * 60_000,
    longestMs: session.longestHours * 3_600_000,
    proxy: trustedProxy(proxy),
  };
}

function trustedProxy({ addresses, userHeader, roleOfOthers }: WebSettings['proxy']): TrustedProxy | null {
  if (addresses.length === 0) return null;
  const list = new BlockList();
  for (const entry of addresses) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return { addresses: list, userHeader, roleOfOthers: roleOfOthers === 'none' ? null : roleOfOthers };
}

function certificateOf({ certFile, keyFile, minVersion }: WebSettings['tls'], log: Logger): Certificate | null {
  return certFile === null || keyFile === null ? null : new Certificate({ certFile, keyFile, minVersion }, log);
}

const unprotected = (host: string): CaseError =>
  operator('web.unprotected', `web.host ${host} is reached from other machines, without login or without TLS`, {
    remedy: 'set web.auth and web.tls, or web.host to 127.0.0.1; web.insecure: true if it must be so',
  });

function cannotListen(cause: unknown, host: string, port: number): CaseError {
  const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const where = `${host}:${String(port)}`;
  return taken
    ? operator('web.port-taken', `another program listens on ${where}`, {
        cause,
        remedy: 'end it, or set web.port to a free port (0 lets the system choose one)',
      })
    : operator('web.cannot-listen', `the web page cannot be served on ${where}`, {
        cause,
        remedy: 'set web.host to an address of this machine',
      });
}
