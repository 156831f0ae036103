import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { aDisguised } from '../../builders/a-disguised.js';
import { FakeUploadTarget } from '../../fakes/fake-upload-target.js';
import { removeFolder } from '../../remove-folder.js';
import { DicomPeer } from './dicom-peer.js';
import { dataSet, digestOf } from './peer-choices.js';
import type { TargetSpec } from './target-spec.js';

/** What must lie at the peer in place of an object. */
interface Copy {
  readonly sopInstanceUid: string;
  readonly digest: string;
}

/**
 * The same peers and faults, the target being told no identities. A sender of its own, without the database of the first, writes
 * the copy that all others must give: one object under one pseudonymous UID, and nothing under its own.
 */
export class DisguisedDicomPeer extends DicomPeer {
  override readonly kind = 'dicom-deidentified';
  readonly #keys = mkdtempSync(join(tmpdir(), 'mqi-faults-'));
  readonly #wanted = new Map<string, Copy>();

  override spec(): TargetSpec {
    return { ...super.spec(), disguisedIn: this.#keys };
  }

  override async end(): Promise<void> {
    await super.end();
    removeFolder(this.#keys);
  }

  override async copies(dose: MadeDose): Promise<readonly string[]> {
    const { sopInstanceUid } = await this.#copyOf(dose);
    return [...(await super.copies({ ...dose, sopInstanceUid })), ...(await super.copies(dose))];
  }

  /** Known once `copies` was asked. */
  override readonly digest = ({ sopInstanceUid }: MadeDose): string => this.#wanted.get(sopInstanceUid)?.digest ?? '';

  async #copyOf(dose: MadeDose): Promise<Copy> {
    const known = this.#wanted.get(dose.sopInstanceUid);
    if (known !== undefined) return known;
    const copies: Copy[] = [];
    const taker = new FakeUploadTarget('t');
    const deliver = taker.deliver.bind(taker);
    taker.deliver = (kase, made, signal) => {
      const digest = digestOf(dataSet(readFileSync(made.path)));
      copies.push({ sopInstanceUid: made.sopInstanceUid, digest });
      return deliver(kase, made, signal);
    };
    await aDisguised(taker, this.#keys).deliver(aCase(), dose, new AbortController().signal);
    const [copy] = copies;
    if (copy === undefined) throw new Error('no copy was made');
    this.#wanted.set(dose.sopInstanceUid, copy);
    return copy;
  }
}
