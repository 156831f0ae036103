import type { Case } from '../../domain/case.js';
import { CaseError } from '../../domain/errors.js';
import type { Receipt } from '../../domain/receipt.js';
import type { Clock } from '../../ports/clock.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import type { StoringTest, UploadTarget } from '../../ports/upload-target.js';
import { deliveredReceipt } from './delivered-receipt.js';
import { remove } from './dicomweb/remove.js';
import { qido, stow } from './dicomweb/stow.js';
import { isKeptAsSent } from './dicomweb/wado.js';
import { WebClient, type WebLogin } from './dicomweb/web-client.js';
import { type DoseObject, readDoseObject } from './dimse/dose-object.js';
import { heldByAnother, mustBeOurs, type Proof, takenAndNotFound } from './dimse/proof.js';
import type { FoundObject } from './dimse/services.js';
import { tryStoring } from './dimse/test-object.js';
import type { TlsPaths } from './dimse/tls-files.js';
import { answerWords, judgeStore, statusText, type WarningRules } from './dimse/store-status.js';

export interface DicomWebTargetOptions extends WebLogin, WarningRules {
  readonly name: string;
  readonly optional?: boolean;
  readonly url: string;
  readonly timeoutSeconds: number;
  /** Certificates, for https; null: those that Node knows, and none of ours. */
  readonly tls: TlsPaths | null;
  /** How a delivery is proven: by a query, or by fetching the object and comparing its data set. */
  readonly verify: 'qido' | 'wado';
}

/**
 * Sends objects to a DICOMweb archive by STOW-RS and proves that they are there. Asked first, as the DICOM target does: what
 * is there already is not sent again, and another object under the UID is left alone.
 */
export class DicomWebTarget implements UploadTarget {
  readonly kind = 'dicomweb';
  readonly name: string;
  readonly optional: boolean;
  readonly #client: WebClient;

  constructor(
    private readonly options: DicomWebTargetOptions,
    private readonly clock: Clock,
  ) {
    this.name = options.name;
    this.optional = options.optional ?? false;
    const url = options.url.replace(/\/+$/, '');
    const { name, tls, timeoutSeconds } = options;
    this.#client = new WebClient({ target: name, url, login: options, tls, seconds: timeoutSeconds });
  }

  async deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt> {
    signal.throwIfAborted();
    const proof = await this.#sendAndProve(await readDoseObject(dose), dose.bytes, signal);
    return deliveredReceipt(this.name, kase, dose, { location: this.options.url, ...proof, at: this.clock.now() });
  }

  /** Nothing is kept open. */
  finish(): Promise<void> {
    return Promise.resolve();
  }

  async audit(_kase: Case, delivered: readonly Receipt[]): Promise<readonly string[]> {
    const gone: string[] = [];
    for (const { sopInstanceUid } of delivered) {
      if ((await qido(this.#asking(NEVER), sopInstanceUid)) === null) {
        gone.push(`the delivered object ${sopInstanceUid} is gone from upload target ${this.name}`);
      }
    }
    return gone;
  }

  /** A query for an object that nobody has; sends none. */
  async check(): Promise<readonly string[]> {
    try {
      await qido(this.#asking(NEVER), '2.25.1');
      return [];
    } catch (error) {
      if (error instanceof CaseError) return [`${error.message}; ${error.remedy}`];
      throw error;
    }
  }

  tryStoring(signal: AbortSignal): Promise<StoringTest> {
    return tryStoring(
      async (object, bytes) => (await this.#sendAndProve(object, bytes, signal)).verifiedBy,
      (object) => this.#takeBack(object, signal),
    );
  }

  /** Of our own test object alone. What became of it is asked, whatever the server says. */
  async #takeBack(object: DoseObject, signal: AbortSignal): Promise<string> {
    const asking = this.#asking(signal);
    const status = await remove(asking, object);
    if ((await qido(asking, object.sopInstanceUid)) === null) return 'removed again';
    return `left there: DELETE was answered with HTTP status ${String(status)}`;
  }

  async #sendAndProve(object: DoseObject, bytes: number, signal: AbortSignal): Promise<Proof> {
    const asking = this.#asking(signal);
    const before = await qido(asking, object.sopInstanceUid);
    if (before !== null) {
      const verifiedBy = `${await this.#prove(before, object, signal)}: it was already there`;
      return { verifiedBy, peerSaid: 'QIDO-RS: one match' };
    }
    const answer = await stow(asking, object, bytes);
    const verdict = judgeStore(this.name, answer, this.options);
    const said = `STOW-RS: ${answerWords(answer)}`;
    const after = await qido(asking, object.sopInstanceUid);
    if (after === null) throw takenAndNotFound(this.name, `${said}; QIDO-RS: no match`);
    const proof = await this.#prove(after, object, signal);
    const remark = verdict === 'stored' ? '' : `, with status ${statusText(answer.status)} from the server`;
    return { verifiedBy: `${proof}${remark}`, peerSaid: `${said}; QIDO-RS: one match` };
  }

  async #prove(found: FoundObject, object: DoseObject, signal: AbortSignal): Promise<string> {
    mustBeOurs(this.name, found, object);
    if (this.options.verify === 'qido') return 'QIDO-RS';
    const asking = this.#asking(signal);
    // What was damaged on its way back is no other object: only the same answer twice is believed.
    const isOurs = (await isKeptAsSent(asking, object)) || (await isKeptAsSent(asking, object));
    if (isOurs) return 'sha256 of the data set fetched by WADO-RS';
    throw heldByAnother(this.name, 'its data set is another');
  }

  #asking(signal: AbortSignal): Parameters<typeof qido>[0] {
    return { target: this.name, client: this.#client, signal };
  }
}

const NEVER = new AbortController().signal;
