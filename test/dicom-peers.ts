import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { DicomTargetOptions } from '../src/adapters/uploads/dicom-target.js';
import { freePort } from './free-port.js';
import { Daemon } from './mounts/daemon.js';

export const hasOrthanc = (): boolean => spawnSync('Orthanc', ['--version']).status === 0;

export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });

/** What a target is configured with, for a peer on this machine. */
export const dicomOptions = (port: number, change: Partial<DicomTargetOptions> = {}): DicomTargetOptions => ({
  name: 't',
  host: '127.0.0.1',
  port,
  calledAeTitle: 'ORTHANC',
  callingAeTitle: 'MQI',
  tls: null,
  timeouts: { connectSeconds: 5, associationSeconds: 5, responseSeconds: 5, commitmentSeconds: 10 },
  verify: 'find',
  warnings: 'delivered',
  listenHost: '127.0.0.1',
  listenPort: null,
  ...change,
});

const USER = 'svc';
const WORD = 'secret';

/**
 * An Orthanc of its own. It listens on all interfaces: REST answers only this machine, and DICOM only the AE title MQI
 * from it.
 */
export class Orthanc {
  private constructor(
    readonly daemon: Daemon,
    readonly port: number,
    readonly reportPort: number,
    readonly httpPort: number,
  ) {}

  static async start(folder: string, more: object = {}): Promise<Orthanc> {
    const [port, reportPort, httpPort] = [await freePort(), await freePort(), await freePort()];
    mkdirSync(join(folder, 'db'), { recursive: true });
    const settings = {
      Name: 'T',
      StorageDirectory: join(folder, 'db'),
      IndexDirectory: join(folder, 'db'),
      HttpPort: httpPort,
      RemoteAccessAllowed: false,
      AuthenticationEnabled: true,
      RegisteredUsers: { [USER]: WORD },
      DicomAet: 'ORTHANC',
      DicomPort: port,
      DicomCheckCalledAet: true,
      DicomCheckModalityHost: true,
      DicomAlwaysAllowStore: false,
      DicomAlwaysAllowEcho: false,
      DicomModalities: {
        mqi: { AET: 'MQI', Host: '127.0.0.1', Port: reportPort, AllowStorageCommitment: true },
      },
      OverwriteInstances: false,
      ...more,
    };
    writeFileSync(join(folder, 'orthanc.json'), JSON.stringify(settings));
    const daemon = new Daemon('Orthanc', [join(folder, 'orthanc.json')]);
    const orthanc = new Orthanc(daemon, port, reportPort, httpPort);
    await daemon.ready('Orthanc answers', async () => (await listens(httpPort)) && (await listens(port)));
    return orthanc;
  }

  /** Files of the instances with a SOP instance UID. */
  async files(sopInstanceUid: string): Promise<readonly Buffer[]> {
    const found = (await (await this.#rest('tools/lookup', sopInstanceUid)).json()) as readonly {
      readonly ID: string;
    }[];
    return Promise.all(
      found.map(async ({ ID }) => Buffer.from(await (await this.#rest(`instances/${ID}/file`)).arrayBuffer())),
    );
  }

  async remove(sopInstanceUid: string): Promise<void> {
    const found = (await (await this.#rest('tools/lookup', sopInstanceUid)).json()) as readonly {
      readonly ID: string;
    }[];
    for (const { ID } of found) await this.#rest(`instances/${ID}`, null, 'DELETE');
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    const ids = (await (await this.#rest('instances')).json()) as readonly string[];
    for (const id of ids) await this.#rest(`instances/${id}`, null, 'DELETE');
  }

  #rest(path: string, body: string | null = null, method = body === null ? 'GET' : 'POST'): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${USER}:${WORD}`).toString('base64')}`;
    return fetch(`http://127.0.0.1:${String(this.httpPort)}/${path}`, { method, body, headers: { authorization } });
  }
}

/** dcmtk's storescp with options such as `--refuse`; what it takes it keeps in `folder`. */
export async function startStorescp(
  folder: string,
  ...options: readonly string[]
): Promise<{ daemon: Daemon; port: number }> {
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const daemon = new Daemon('storescp', ['-od', folder, ...options, String(port)]);
  await daemon.ready('storescp listens', () => listens(port));
  return { daemon, port };
}

/** Settings of an Orthanc that speaks DICOMweb too, at /dicom-web. */
export const DICOM_WEB = {
  Plugins: ['/usr/share/orthanc/plugins/libOrthancDicomWeb.so'],
  DicomWeb: { Enable: true, Root: '/dicom-web/' },
};
