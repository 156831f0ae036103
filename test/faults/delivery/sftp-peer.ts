import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { aDicomDose, freshUid } from '../../builders/a-dicom-dose.js';
import { SftpServer } from '../../mounts/sftp-server.js';
import type { Choice, FaultPeer } from './fault-peer.js';
import { fileDigest, fill } from './folder-peer.js';
import { ALL_LINE_FAULTS, lineChoices } from './line-choices.js';
import { targetOf, type TargetSpec } from './target-spec.js';
import { TurnProxy } from './turn-proxy.js';

/** 640 KiB: all of one size, for SSH is encrypted, and only the number of bytes tells the stage. */
const FRAMES = 80;
/** Short: it is what each silence takes. */
const PATIENCE_MS = 800;

/** An sshd that locks its user in, behind a proxy; with a second, small disk. */
export class SftpPeer implements FaultPeer {
  readonly kind = 'sftp';
  readonly #server = new SftpServer();
  readonly #proxy = new TurnProxy(0);
  readonly #known = join(tmpdir(), `mqi-known-${String(process.pid)}`);
  #small = '';
  #isFull = false;
  choices: readonly Choice[] = [];

  async start(): Promise<void> {
    await this.#server.start();
    const { port, knownHosts } = this.#server.options();
    this.#proxy.serverPort = port;
    await this.#proxy.start();
    const known = readFileSync(knownHosts, 'utf8').replace(String(port), String(this.#proxy.port));
    writeFileSync(this.#known, known);
    this.#small = this.#server.mountSmall(4);
    this.choices = [...(await this.#lineChoices()), this.#fullDisk()];
  }

  async end(): Promise<void> {
    await this.#proxy.stop();
    await this.#server.stop();
    rmSync(this.#known, { force: true });
  }

  readonly dose = (path: string): MadeDose => aDicomDose(path, { sopInstanceUid: freshUid(), frames: FRAMES });
  readonly digest = ({ path }: MadeDose): string => fileDigest(path);

  spec(patienceMs = PATIENCE_MS): TargetSpec {
    const top = this.#isFull ? '/small' : '/in';
    const path = `${top}/{folder}/RD.{beamNumber}.{sopInstanceUid}.dcm`;
    const options = this.#server.options({ path, port: this.#proxy.port, knownHosts: this.#known });
    return { kind: 'sftp', options, limits: { connectMs: patienceMs, answerMs: patienceMs, idleMs: 20 } };
  }

  struck(): boolean {
    return this.#proxy.struck || this.#isFull;
  }

  heal(): Promise<void> {
    this.#proxy.arm(null);
    rmSync(join(this.#small, 'ballast'), { force: true });
    return Promise.resolve();
  }

  copies({ sopInstanceUid }: MadeDose): Promise<readonly string[]> {
    const found = [this.#server.inbox, this.#small].flatMap((top) =>
      readdirSync(top, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith(`${sopInstanceUid}.dcm`))
        .map((name) => fileDigest(join(top, name))),
    );
    return Promise.resolve(found);
  }

  /** By the bytes of an undisturbed delivery. */
  async #lineChoices(): Promise<readonly Choice[]> {
    const path = join(tmpdir(), `mqi-first-${String(process.pid)}.dcm`);
    const first = this.dose(path);
    this.#proxy.arm(null);
    const target = targetOf(this.spec(20_000)); // it must not fail, however busy the machine is
    await target.deliver(aCase({ folder: 'first' }), first, new AbortController().signal);
    const { there, back } = this.#proxy.tally;
    rmSync(path);
    // What is beyond the object's bytes is greeting, keys and login, at the start, and a few hundred bytes of renaming.
    const [login, loginBack] = [Math.round((there - first.bytes) * 0.4), Math.round((back - first.bytes) * 0.4)];
    const stages = [
      ['logging in', 'there', 0, login],
      ['logging in, answered', 'back', 0, loginBack],
      ['sending', 'there', there - first.bytes, there - 8_000],
      ['reading back', 'back', back - first.bytes, back - 2_000],
      ['naming', 'there', there - 400, there - 60],
    ] as const;
    return [
      ...lineChoices(this.#proxy, 'connecting', ['refuse'], () => ({ at: { way: 'there' }, afterBytes: 0 })),
      ...stages.flatMap(([stage, way, from, to]) =>
        lineChoices(this.#proxy, stage, ALL_LINE_FAULTS, (part) => ({
          at: { way },
          afterBytes: Math.round(from + part * (to - from)),
        })),
      ),
    ].map((choice) => ({
      ...choice,
      arm: (random, kill) => {
        this.#isFull = false;
        return choice.arm(random, kill);
      },
    }));
  }

  #fullDisk(): Choice {
    return {
      stage: 'sending',
      fault: 'disk full',
      mustBeTriedAgain: false,
      inProcess: false,
      arm: (random) => {
        for (const name of readdirSync(this.#small)) rmSync(join(this.#small, name), { recursive: true });
        fill(this.#small, 4096 * random.below(100));
        this.#proxy.arm(null);
        this.#isFull = true;
        return null;
      },
    };
  }
}
