import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { dicomOptions, Orthanc } from '../../dicom-peers.js';
import { freePort } from '../../free-port.js';
import { removeFolder } from '../../remove-folder.js';
import type { Choice, FaultPeer } from './fault-peer.js';
import { randomDose } from './folder-peer.js';
import { ALL_LINE_FAULTS, lineChoices } from './line-choices.js';
import { armedAfter, dataSet, digestOf, misdeedChoices } from './peer-choices.js';
import { type Misdeed, StoringScp } from './storing-scp.js';
import type { TargetSpec } from './target-spec.js';
import type { LineFault } from './turn-proxy.js';
import { TurnProxy } from './turn-proxy.js';

/** Turns of a delivery with C-FIND to an Orthanc: it is asked twice before, for the instance alone and in its series. */
const TURNS = [
  'association',
  'association, answered',
  'asked before',
  'asked before, answered',
  'asked in the series',
  'asked in the series, answered',
  'sending',
  'sent, answered',
  'asked after',
  'asked after, answered',
] as const;
const BYTES: Readonly<Partial<Record<(typeof TURNS)[number], number>>> = { sending: 80_000 };

const timeouts = { connectSeconds: 1, associationSeconds: 0.5, responseSeconds: 0.5, commitmentSeconds: 1 };

const STATUSES = [0xa700, 0xa900, 0xc000, 0x0110, 0x0117, 0x0122, 0x0124, 0x0213, 0x1234];
const MISDEEDS: readonly (readonly [string, boolean, Misdeed])[] = [
  ...STATUSES.map(
    (status) => [`status ${status.toString(16).padStart(4, '0')}`, false, { to: 'store', status }] as const,
  ),
  ...STATUSES.map(
    (status) =>
      [`status ${status.toString(16).padStart(4, '0')}, kept`, false, { to: 'store', status, keeps: true }] as const,
  ),
  ['success, not kept', true, { to: 'store', keeps: false, status: 0 }],
  ['kept, then aborts', true, { to: 'store', keeps: true, instead: 'abort' }],
  ['kept, then closes', true, { to: 'store', keeps: true, instead: 'close' }],
  ['kept, then releases', true, { to: 'store', keeps: true, instead: 'release' }],
  ['kept, then silent', true, { to: 'store', keeps: true, instead: 'silence' }],
  ['aborts', true, { to: 'store', instead: 'abort' }],
  ['answers another message', true, { to: 'store', keeps: true, instead: 'other message' }],
  ['answers twice', true, { to: 'store', keeps: true, instead: 'twice' }],
  ['answers what is no DICOM', true, { to: 'store', instead: 'no answer bytes' }],
  ['rejects for now', true, { to: 'association', rejection: [2, 3, 1] }],
  ['rejects', false, { to: 'association', rejection: [1, 1, 1] }],
  ['rejects our AE title', false, { to: 'association', rejection: [1, 1, 3] }],
  ['aborts', true, { to: 'association', instead: 'abort' }],
  ['answers what is no DICOM', true, { to: 'association', instead: 'no answer bytes' }],
  ['status a700', true, { to: 'find before', status: 0xa700 }],
  ['aborts', true, { to: 'find before', instead: 'abort' }],
  ['status c000', true, { to: 'find after', status: 0xc000 }],
  ['finds nothing', true, { to: 'find after', instead: 'nothing found' }],
  ['aborts', true, { to: 'find after', instead: 'abort' }],
];
const STAGE: Readonly<Record<Misdeed['to'], string>> = {
  association: 'association, answered',
  store: 'sent, answered',
  'find before': 'asked before, answered',
  'find after': 'asked after, answered',
};

/** An Orthanc behind a proxy, and an SCP of our own that does what it should not. */
export class DicomPeer implements FaultPeer {
  readonly kind: string = 'dicom';
  readonly #place = mkdtempSync(join(tmpdir(), 'mqi-faults-'));
  readonly #proxy = new TurnProxy(0);
  readonly #reports = new TurnProxy(0);
  readonly #scp = new StoringScp();
  #orthanc: Orthanc | null = null;
  #listenPort = 0;
  #of: 'query' | 'commitment' | 'own' = 'query';
  readonly choices: readonly Choice[] = [
    ...this.#of_(
      'query',
      lineChoices(this.#proxy, 'connecting', ['refuse'], () => ({ at: { turn: 0 }, afterBytes: 0 })),
    ),
    ...TURNS.flatMap((stage, turn) => this.#of_('query', this.#line(stage, turn))),
    ...this.#of_('commitment', this.#line('commitment asked', 8)),
    ...this.#of_(
      'commitment',
      this.#report('report', 2, ['cut', 'truncate', 'lose', 'twice', 'delay', 'silence', 'kill']),
    ),
    ...this.#of_('commitment', this.#report('report', 0, ['refuse'])),
    ...misdeedChoices(MISDEEDS, STAGE, (misdeed) => {
      this.#of = 'own';
      this.#scp.arm(misdeed);
    }),
  ];

  async start(): Promise<void> {
    this.#orthanc = await Orthanc.start(this.#place);
    this.#proxy.serverPort = this.#orthanc.port;
    await this.#proxy.start();
    this.#listenPort = await freePort();
    this.#reports.serverPort = this.#listenPort;
    await this.#reports.start(this.#orthanc.reportPort);
    await this.#scp.start();
  }

  async end(): Promise<void> {
    await this.#proxy.stop();
    await this.#reports.stop();
    await this.#scp.end();
    await this.#orthanc?.daemon.end();
    removeFolder(this.#place);
  }

  readonly dose = randomDose;
  readonly digest = ({ path }: MadeDose): string => digestOf(dataSet(readFileSync(path)));

  spec(): TargetSpec {
    if (this.#of === 'own') return { kind: 'dicom', options: dicomOptions(this.#scp.port, { timeouts }) };
    const proof =
      this.#of === 'query'
        ? ({ verify: 'find' } as const)
        : ({ verify: 'commitment', listenPort: this.#listenPort } as const);
    return { kind: 'dicom', options: dicomOptions(this.#proxy.port, { timeouts, ...proof }) };
  }

  struck(): boolean {
    return this.#proxy.struck || this.#reports.struck || this.#scp.didIt;
  }

  heal(): Promise<void> {
    this.#proxy.arm(null);
    this.#reports.arm(null);
    this.#scp.arm(null);
    return Promise.resolve();
  }

  async copies({ sopInstanceUid }: MadeDose): Promise<readonly string[]> {
    if (this.#of === 'own') return (this.#scp.kept.get(sopInstanceUid) ?? []).map(digestOf);
    const files = (await this.#orthanc?.files(sopInstanceUid)) ?? [];
    return files.map((file) => digestOf(dataSet(file)));
  }

  #of_(of: 'query' | 'commitment', choices: readonly Choice[]): readonly Choice[] {
    return armedAfter(() => (this.#of = of), choices);
  }

  #line(stage: string, turn: number): readonly Choice[] {
    const bytes = BYTES[stage as (typeof TURNS)[number]] ?? 60;
    return lineChoices(this.#proxy, stage, ALL_LINE_FAULTS, (part) => ({
      at: { turn },
      afterBytes: Math.floor(part * bytes),
    }));
  }

  #report(stage: string, turn: number, faults: readonly LineFault[]): readonly Choice[] {
    return lineChoices(this.#reports, stage, faults, (part) => ({ at: { turn }, afterBytes: Math.floor(part * 60) }));
  }
}
