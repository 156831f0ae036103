import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DicomWebTargetOptions } from '../../../src/adapters/uploads/dicomweb-target.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { DICOM_WEB, Orthanc } from '../../dicom-peers.js';
import { removeFolder } from '../../remove-folder.js';
import type { Choice, FaultPeer } from './fault-peer.js';
import { randomDose } from './folder-peer.js';
import { ALL_LINE_FAULTS, lineChoices } from './line-choices.js';
import { armedAfter, dataSet, digestOf, misdeedChoices } from './peer-choices.js';
import { failedBody, StoringWeb, storedBody, type WebMisdeed } from './storing-web.js';
import type { TargetSpec } from './target-spec.js';
import { TurnProxy } from './turn-proxy.js';

/** Turns of a delivery, and about how many bytes each has at least. */
const TURNS = [
  ['asked before (QIDO)', 150],
  ['asked before, answered', 100],
  ['sending (STOW)', 80_000],
  ['sent, answered', 100],
  ['asked after (QIDO)', 150],
  ['asked after, answered', 100],
  ['fetching (WADO)', 150],
  ['fetching, answered', 80_000],
] as const;

const MISDEEDS: readonly (readonly [string, boolean, WebMisdeed])[] = [
  ...[0xa700, 0xa900, 0xc000, 0x0110, 0x0122].flatMap((reason) => {
    const words = reason.toString(16).padStart(4, '0');
    const body = failedBody(reason);
    return [
      [`200 with ${words} among the failed`, false, { to: 'stow', status: 200, body }],
      [`202 with ${words} among the failed`, false, { to: 'stow', status: 202, body }],
      [`409 with ${words} among the failed, kept`, false, { to: 'stow', status: 409, body, keeps: true }],
    ] as const;
  }),
  ['200, not kept', true, { to: 'stow', body: storedBody }],
  ['200 that says nothing', true, { to: 'stow', body: () => ({}) }],
  ['200 that says nothing, kept', true, { to: 'stow', body: () => ({}), keeps: true }],
  ['200 about another object', true, { to: 'stow', body: () => storedBody('2.25.999') }],
  ['202 that says nothing', true, { to: 'stow', status: 202, body: () => ({}) }],
  ['400 though stored', true, { to: 'stow', status: 400, body: storedBody, keeps: true }],
  ['409 that says nothing', false, { to: 'stow', status: 409, body: () => ({}) }],
  ['401', false, { to: 'stow', status: 401, body: () => null }],
  ['500, kept', true, { to: 'stow', status: 500, body: () => null, keeps: true }],
  ['503', true, { to: 'stow', status: 503, body: () => null }],
  ['kept, then closes', true, { to: 'stow', keeps: true, instead: 'close' }],
  ['kept, then silent', true, { to: 'stow', keeps: true, instead: 'silence' }],
  ['kept, half an answer', true, { to: 'stow', keeps: true, instead: 'half the body' }],
  ['kept, no JSON', true, { to: 'stow', keeps: true, instead: 'no json' }],
  ['500', true, { to: 'qido before', status: 500 }],
  ['closes', true, { to: 'qido before', instead: 'close' }],
  ['half an answer', true, { to: 'qido before', instead: 'half the body' }],
  ['no JSON', true, { to: 'qido before', instead: 'no json' }],
  ['204', true, { to: 'qido after', status: 204 }],
  ['finds nothing', true, { to: 'qido after', body: () => [] }],
  ['closes', true, { to: 'qido after', instead: 'close' }],
  ['503', true, { to: 'qido after', status: 503 }],
  ['other bytes', true, { to: 'wado', instead: 'other bytes' }],
  ['half the object', true, { to: 'wado', instead: 'half the body' }],
  ['no object', true, { to: 'wado', instead: 'no json' }],
  ['503', true, { to: 'wado', status: 503 }],
];
const STAGE: Readonly<Record<WebMisdeed['to'], string>> = {
  stow: 'sent, answered',
  'qido before': 'asked before, answered',
  'qido after': 'asked after, answered',
  wado: 'fetching, answered',
};

/** An Orthanc with its DICOMweb behind a proxy, and a server of our own that does what it should not. */
export class DicomWebPeer implements FaultPeer {
  readonly kind = 'dicomweb';
  readonly #place = mkdtempSync(join(tmpdir(), 'mqi-faults-'));
  readonly #proxy = new TurnProxy(0);
  readonly #own = new StoringWeb();
  #orthanc: Orthanc | null = null;
  #isOwn = false;
  readonly choices: readonly Choice[] = [
    ...this.#line(lineChoices(this.#proxy, 'connecting', ['refuse'], () => ({ at: { turn: 0 }, afterBytes: 0 }))),
    ...TURNS.flatMap(([stage, bytes], turn) =>
      this.#line(
        lineChoices(this.#proxy, stage, ALL_LINE_FAULTS, (part) => ({
          at: { turn },
          afterBytes: Math.floor(part * bytes),
        })),
      ),
    ),
    ...misdeedChoices(MISDEEDS, STAGE, (misdeed) => {
      this.#isOwn = true;
      this.#own.arm(misdeed);
    }),
  ];

  async start(): Promise<void> {
    this.#orthanc = await Orthanc.start(this.#place, DICOM_WEB);
    this.#proxy.serverPort = this.#orthanc.httpPort;
    await this.#proxy.start();
    await this.#own.start();
    writeFileSync(join(this.#place, 'secret'), 'secret\n', { mode: 0o600 });
  }

  async end(): Promise<void> {
    await this.#proxy.stop();
    await this.#own.end();
    await this.#orthanc?.daemon.end();
    removeFolder(this.#place);
  }

  readonly dose = randomDose;
  readonly digest = ({ path }: MadeDose): string => digestOf(dataSet(readFileSync(path)));

  spec(): TargetSpec {
    const port = this.#isOwn ? this.#own.port : this.#proxy.port;
    const options: DicomWebTargetOptions = {
      name: 't',
      url: `http://127.0.0.1:${String(port)}/dicom-web`,
      user: 'svc',
      secretFile: join(this.#place, 'secret'),
      secretEnv: null,
      tls: null,
      timeoutSeconds: 0.7,
      verify: 'wado',
      warnings: 'delivered',
    };
    return { kind: 'dicomweb', options };
  }

  struck(): boolean {
    return this.#proxy.struck || this.#own.didIt;
  }

  heal(): Promise<void> {
    this.#proxy.arm(null);
    this.#own.arm(null);
    return Promise.resolve();
  }

  async copies({ sopInstanceUid }: MadeDose): Promise<readonly string[]> {
    const files = this.#isOwn ? this.#own.kept.get(sopInstanceUid) : await this.#orthanc?.files(sopInstanceUid);
    return (files ?? []).map((file) => digestOf(dataSet(file)));
  }

  #line(choices: readonly Choice[]): readonly Choice[] {
    return armedAfter(() => (this.#isOwn = false), choices);
  }
}
