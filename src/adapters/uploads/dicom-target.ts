import type { Case } from '../../domain/case.js';
import { CaseError, operator, permanent } from '../../domain/errors.js';
import type { Receipt } from '../../domain/receipt.js';
import type { Clock } from '../../ports/clock.js';
import type { MadeDose } from '../../ports/dose-maker.js';
import type { StoringTest, UploadTarget } from '../../ports/upload-target.js';
import { deliveredReceipt } from './delivered-receipt.js';
import { Association, IMPLICIT, type Peer } from './dimse/association.js';
import { CommitmentListener, PUSH_MODEL } from './dimse/commitment-listener.js';
import { CLASS_NAMES, neededFor, proposedFor, type Verify } from './dimse/contexts.js';
import { type DoseObject, readDoseObject } from './dimse/dose-object.js';
import { mustBeOurs, type Proof, takenAndNotFound } from './dimse/proof.js';
import {
  commit,
  echo,
  find,
  type FoundObject,
  RT_DOSE,
  store,
  STUDY_ROOT_FIND,
  VERIFICATION,
} from './dimse/services.js';
import { answerWords, judgeStore, statusText, type WarningRules } from './dimse/store-status.js';
import { tryStoring } from './dimse/test-object.js';
import { readTls, type TlsPaths } from './dimse/tls-files.js';

export interface DicomTargetOptions extends WarningRules {
  readonly name: string;
  readonly optional?: boolean;
  readonly host: string;
  readonly port: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  readonly tls: TlsPaths | null;
  readonly timeouts: Peer['timeouts'] & { readonly commitmentSeconds: number };
  /** How a delivery is proven. none: by the answer to the object alone. */
  readonly verify: Verify;
  /** Where reports of storage commitment come in. */
  readonly listenHost: string;
  readonly listenPort: number | null;
}

/** An association waits so long for the next object of a case. */
const IDLE_MS = 5000;

/**
 * Sends objects to a PACS or TPS by C-STORE and proves that they are there.
 *
 * One association at a time, on which one message is under way: deliveries of all cases queue here. It is kept for the
 * next object and released at the end of a case, or when none comes; one that the peer has ended meanwhile is replaced.
 * An object counts as stored only by the answer to its own message: what went before an abort is asked or sent again.
 */
export class DicomTarget implements UploadTarget {
  readonly kind = 'dicom';
  readonly name: string;
  readonly optional: boolean;
  #tail: Promise<unknown> = Promise.resolve();
  #association: Association | null = null;
  #idle: NodeJS.Timeout | null = null;

  constructor(
    private readonly options: DicomTargetOptions,
    private readonly clock: Clock,
  ) {
    this.name = options.name;
    this.optional = options.optional ?? false;
  }

  deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt> {
    return this.#alone(async () => {
      signal.throwIfAborted();
      const object = await readDoseObject(dose);
      const { calledAeTitle, host, port } = this.options;
      const location = `${calledAeTitle}@${host}:${String(port)}`;
      const proof = await this.#renewed(() => this.#sendAndProve(object, signal));
      return deliveredReceipt(this.name, kase, dose, { location, ...proof, at: this.clock.now() });
    });
  }

  /** All objects of the case are there; the next case opens an association of its own. */
  finish(): Promise<void> {
    return this.#alone(() => this.#release());
  }

  /** By C-FIND, where that is how deliveries are proven. */
  audit(_kase: Case, delivered: readonly Receipt[]): Promise<readonly string[]> {
    if (this.options.verify !== 'find') return Promise.resolve([]);
    return this.#alone(async () => {
      const gone: string[] = [];
      for (const { sopInstanceUid } of delivered) {
        if ((await this.#renewed(() => this.#found(sopInstanceUid, null, NEVER))) === null) {
          gone.push(`the delivered object ${sopInstanceUid} is gone from upload target ${this.name}`);
        }
      }
      await this.#release();
      return gone;
    });
  }

  /** C-ECHO, and whether the peer takes all that deliveries need. Sends no object. */
  check(): Promise<readonly string[]> {
    return this.#alone(async () => {
      try {
        return await this.#look();
      } catch (error) {
        if (error instanceof CaseError) return [`${error.message}; ${error.remedy}`];
        throw error;
      } finally {
        await this.#release();
      }
    });
  }

  tryStoring(signal: AbortSignal): Promise<StoringTest> {
    return this.#alone(async () => {
      const stored = await tryStoring(
        async (object) => (await this.#renewed(() => this.#sendAndProve(object, signal))).verifiedBy,
        () => Promise.resolve('left there: nothing is removed by DICOM'),
      );
      await this.#release();
      return stored;
    });
  }

  async #look(): Promise<readonly string[]> {
    const listener = this.#listener();
    if (listener !== null) await listener.close(await listener.listen());
    const status = await echo(await this.#exchange(VERIFICATION, NEVER));
    const problems = status === 0 ? [] : [`C-ECHO was answered with status ${statusText(status)}`];
    const association = this.#association;
    const missing = neededFor(this.options.verify).filter((sopClass) => association?.contextOf(sopClass) === null);
    return [...problems, ...missing.map((sopClass) => `does not take ${CLASS_NAMES[sopClass] ?? sopClass}`)];
  }

  async #sendAndProve(object: DoseObject, signal: AbortSignal): Promise<Proof> {
    const listener = this.#listener();
    if (listener !== null) return this.#sendAndCommit(object, listener, signal);
    if (this.options.verify === 'none') {
      const { remark, said } = await this.#store(object, signal);
      return { verifiedBy: `status of C-STORE${remark}`, peerSaid: said };
    }
    // Asked first: a peer that overwrites would lose the other object, one that keeps the first would call ours stored.
    const before = await this.#found(object.sopInstanceUid, object, signal);
    if (before !== null) {
      mustBeOurs(this.name, before, object);
      return { verifiedBy: 'C-FIND: it was already there', peerSaid: ONE_MATCH };
    }
    const { remark, said } = await this.#store(object, signal);
    const after = await this.#found(object.sopInstanceUid, object, signal);
    if (after === null) throw takenAndNotFound(this.name, `${said}; C-FIND: no match`);
    mustBeOurs(this.name, after, object);
    return { verifiedBy: `C-FIND${remark}`, peerSaid: `${said}; ${ONE_MATCH}` };
  }

  /** A peer commits itself to an instance UID, whatever object it has under it: so it is asked first, where it can be. */
  async #sendAndCommit(object: DoseObject, listener: CommitmentListener, signal: AbortSignal): Promise<Proof> {
    const before = await this.#foundIfTold(object, signal);
    if (before !== null) mustBeOurs(this.name, before, object);
    const commits = async (): Promise<true> => {
      await commit(await this.#exchange(PUSH_MODEL, signal), object, listener);
      return true;
    };
    if (before !== null && (await unlessUnproven(commits)) !== null)
      return committed(': it was already there', ONE_MATCH);
    // It may know of an object that it has no longer: what it does not commit itself to is sent again.
    const { remark, said } = await this.#store(object, signal);
    await commits();
    return committed(remark, said);
  }

  /** Null also where the peer takes no queries, or does not answer this one. */
  async #foundIfTold(object: DoseObject, signal: AbortSignal): Promise<FoundObject | null> {
    const { association } = await this.#exchange(PUSH_MODEL, signal);
    if (association.contextOf(STUDY_ROOT_FIND) === null) return null;
    return unlessUnproven(() => this.#found(object.sopInstanceUid, object, signal));
  }

  /** Sends the object; gives what is remarked of it, and the peer's words. */
  async #store(object: DoseObject, signal: AbortSignal): Promise<{ readonly remark: string; readonly said: string }> {
    const exchange = await this.#exchange(RT_DOSE, signal);
    const answer = await store(exchange, object);
    const verdict = judgeStore(this.name, answer, this.options);
    const said = `C-STORE: ${answerWords(answer)}`;
    const form = exchange.association.syntaxOf(exchange.contextId) === IMPLICIT ? ', sent in implicit VR' : '';
    if (verdict === 'stored') return { remark: form, said };
    const told = `status ${statusText(answer.status)}`;
    if (verdict === 'warning') return { remark: `${form}, with warning ${told} from the peer`, said };
    if (this.options.verify !== 'none') return { remark: `${form}, already there by ${told}`, said };
    throw permanent(
      'upload.uid-conflict',
      `upload target ${this.name} already has an object under this UID (${told})`,
      {
        peerSaid: said,
        remedy: 'set dicom.verify of the target to find or commitment, so that it is asked which, then: mqi retry ID',
      },
    );
  }

  async #found(sopInstanceUid: string, object: DoseObject | null, signal: AbortSignal): Promise<FoundObject | null> {
    return find(await this.#exchange(STUDY_ROOT_FIND, signal), sopInstanceUid, object);
  }

  /**
   * Work; once more from its beginning, on a new association, where the one that was kept from earlier turned out to have been
   * ended by the peer. Never from the middle: a peer that ended it after it had taken the object must be asked first.
   */
  async #renewed<T>(work: () => Promise<T>): Promise<T> {
    const kept = this.#association;
    try {
      return await work();
    } catch (error) {
      if (kept === null || this.#association !== kept) throw error;
      if (!(error instanceof CaseError) || error.code !== 'upload.aborted') throw error;
      this.#association = null;
      return work();
    }
  }

  async #exchange(sopClass: string, signal: AbortSignal): Promise<Exchange> {
    if (this.#association?.isUsable !== true) {
      await this.#release();
      this.#association = await Association.open(this.#peer(), proposedFor(this.options.verify), signal);
    }
    const association = this.#association;
    const contextId = association.contextOf(sopClass);
    if (contextId !== null) return { target: this.name, association, contextId, signal };
    const what = CLASS_NAMES[sopClass] ?? sopClass;
    throw operator('upload.not-supported', `upload target ${this.name} does not take ${what}`, {
      remedy: 'have it allowed for this AE title at the peer, or choose another dicom.verify, then: mqi resume ID',
    });
  }

  #peer(): Peer {
    const { host, port, calledAeTitle, callingAeTitle, timeouts, tls } = this.options;
    return {
      target: this.name,
      host,
      port,
      calledAeTitle,
      callingAeTitle,
      timeouts,
      tls: tls === null ? null : readTls(this.name, tls),
    };
  }

  #listener(): CommitmentListener | null {
    const { verify, listenHost, listenPort, timeouts } = this.options;
    if (verify !== 'commitment' || listenPort === null) return null;
    const seconds = timeouts.commitmentSeconds;
    return new CommitmentListener({ peer: this.#peer(), host: listenHost, port: listenPort, seconds });
  }

  async #release(): Promise<void> {
    const association = this.#association;
    this.#association = null;
    await association?.release();
  }

  /** Work in turn; after it the association waits, for a while, without keeping the process. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      if (this.#idle !== null) clearTimeout(this.#idle);
      this.#association?.hold(true);
      try {
        return await work();
      } finally {
        if (this.#association !== null) {
          this.#association.hold(false);
          this.#idle = setTimeout(() => void this.finish(), IDLE_MS).unref();
        }
      }
    };
    const result = this.#tail.then(run, run);
    this.#tail = result;
    return result;
  }
}

type Exchange = Parameters<typeof store>[0];

const ONE_MATCH = 'C-FIND: one match';

const committed = (remark: string, said: string): Proof => ({
  verifiedBy: `storage commitment${remark}`,
  peerSaid: `${said}; N-EVENT-REPORT: committed`,
});

/** Null where the peer says no, or cannot say. */
async function unlessUnproven<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CaseError && error.code === 'upload.verify-failed') return null;
    throw error;
  }
}

const NEVER = new AbortController().signal;
