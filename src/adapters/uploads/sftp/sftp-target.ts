import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { z } from 'zod';
import type { Case } from '../../../domain/case.js';
import { filled, isShortEnough } from '../../../domain/delivery-name.js';
import { CaseError, permanent, transient } from '../../../domain/errors.js';
import type { Receipt } from '../../../domain/receipt.js';
import type { Clock } from '../../../ports/clock.js';
import type { MadeDose } from '../../../ports/dose-maker.js';
import type { UploadTarget } from '../../../ports/upload-target.js';
import {
  freeBytes,
  makeFolders,
  remoteSha256,
  remoteStart,
  removeRemote,
  renameRemote,
  replaceRemote,
  send,
  sendText,
} from './remote-files.js';
import { deliveredReceipt } from '../delivered-receipt.js';
import { SftpConnection } from './sftp-connection.js';
import { diskFull, SFTP_STATUS, SftpRefusal } from './sftp-error.js';
import { SFTP_LIMITS, type SftpLimits, type SftpOptions } from './sftp-options.js';
import type { SftpSession } from './sftp-session.js';

/** The file meta information, which names the object, stands at the very start. */
const META_BYTES = 1024;
const NEVER = new AbortController().signal;

/**
 * Delivers to an SFTP server. An object is sent under a part name, flushed, read back and compared by SHA-256, then
 * renamed: under its own name there is only ever the whole, proven object, and nothing is overwritten.
 *
 * Repeats: the part name is made of the object's hash, so a second try overwrites what the first left; an object that is
 * there already is read and compared. A second writer of another object under the same name loses at the rename.
 */
export class SftpTarget implements UploadTarget {
  readonly kind = 'sftp';
  readonly name: string;
  readonly optional: boolean;
  readonly #connection: SftpConnection;

  constructor(
    { name, optional }: { readonly name: string; readonly optional: boolean },
    private readonly options: SftpOptions,
    private readonly clock: Clock,
    limits: SftpLimits = SFTP_LIMITS,
  ) {
    this.name = name;
    this.optional = optional;
    this.#connection = new SftpConnection(name, options, limits);
  }

  deliver(kase: Case, dose: MadeDose, signal: AbortSignal): Promise<Receipt> {
    const location = filled(this.options.path, kase, dose);
    if (!isShortEnough(location, partOf('', dose).length)) return Promise.reject(badName(this.name));
    return this.#connection.use(signal, async (session) => {
      const present = await remoteSha256(session, location, signal);
      if (present === null) await this.#place(session, dose, location, signal);
      else await this.#accept(session, dose, location, present);
      const verifiedBy =
        present === null ? 'sha256 read back over SFTP' : 'sha256, over SFTP, of the copy that was already there';
      return deliveredReceipt(this.name, kase, dose, { location, verifiedBy, at: this.clock.now() });
    });
  }

  report(kase: Case, csv: string): Promise<void> {
    return this.#beside(kase, `delivery-report.${kase.id}.csv`, csv);
  }

  async finish(kase: Case, receipts: readonly Receipt[]): Promise<void> {
    if (this.options.marker === null) return;
    const objects = receipts.map(({ sopInstanceUid, location, sha256, verifiedBy, at }) => ({
      sopInstanceUid,
      name: location === null ? null : posix.basename(location),
      sha256,
      verifiedBy,
      at: new Date(at).toISOString(),
    }));
    const content = { caseId: kase.id, run: kase.run, planSopInstanceUid: kase.planSopInstanceUid, objects };
    const name = filled(this.options.marker, kase, null);
    if (await this.#isOfLaterRun(kase, name)) return;
    await this.#beside(kase, name, `${JSON.stringify(content, null, 2)}\n`);
  }

  /** A marker named alike for every run: that of a later run stays when an earlier one is delivered again. */
  async #isOfLaterRun(kase: Case, name: string): Promise<boolean> {
    const path = this.#pathBeside(kase, name);
    const text = await this.#connection.use(NEVER, (session) => remoteStart(session, path, MOST_MARKER_BYTES));
    const marker = markerIn(text?.toString('utf8') ?? '');
    if (marker === null || marker.caseId === kase.id || marker.run <= kase.run) return false;
    // What lies in the case's own folder is of its runs; elsewhere the plan tells.
    return (
      posix.dirname(this.options.path).includes('{folder}') || marker.planSopInstanceUid === kase.planSopInstanceUid
    );
  }

  audit(_kase: Case, delivered: readonly Receipt[]): Promise<readonly string[]> {
    return this.#connection.use(NEVER, async (session) => {
      const found: string[] = [];
      for (const { location, sopInstanceUid, sha256 } of delivered) {
        if (location === null) continue;
        const present = await remoteSha256(session, location, NEVER);
        if (present === sha256) continue;
        const what = present === null ? 'is gone from' : 'has been changed at';
        found.push(`the delivered object ${sopInstanceUid} ${what} upload target ${this.name}`);
      }
      return found;
    });
  }

  /** Writes, renames and removes a file in the folder above the first placeholder. */
  async check(): Promise<readonly string[]> {
    const fixed = this.options.path.slice(0, this.options.path.indexOf('{'));
    const folder = fixed.slice(0, fixed.lastIndexOf('/') + 1);
    const probe = `${folder}.mqi-probe-${randomUUID()}`;
    try {
      await this.#connection.use(NEVER, async (session) => {
        if (folder !== '') await makeFolders(session, folder);
        try {
          await sendText(session, 'probe', probe);
          await renameRemote(session, probe, `${probe}.renamed`);
        } catch (error) {
          await this.#cleared(session, probe);
          throw error;
        }
        await removeRemote(session, `${probe}.renamed`);
      });
      return [];
    } catch (error) {
      if (error instanceof CaseError) return [error.message];
      throw error;
    }
  }

  async #place(session: SftpSession, dose: MadeDose, location: string, signal: AbortSignal): Promise<void> {
    const part = partOf(location, dose);
    try {
      await makeFolders(session, posix.dirname(location));
      const sent = await send(session, dose.path, part, signal);
      if (sent !== dose.sha256) throw changed();
      if ((await remoteSha256(session, part, signal)) !== dose.sha256) throw differs(this.name);
      await this.#rename(session, dose, part, location);
    } catch (error) {
      const explained = await this.#explained(session, error, dose.bytes, posix.dirname(location));
      await this.#cleared(session, part);
      throw explained;
    }
  }

  /** A refusal may mean that the name was taken since we looked: then that object decides. */
  async #rename(session: SftpSession, dose: MadeDose, part: string, location: string): Promise<void> {
    try {
      await renameRemote(session, part, location);
    } catch (error) {
      if (!(error instanceof SftpRefusal)) throw error;
      const present = await remoteSha256(session, location, NEVER);
      if (present === null) throw error;
      await this.#accept(session, dose, location, present);
    }
  }

  /** What lies under the object's name already: the object itself, or another one, which is left alone. */
  async #accept(session: SftpSession, dose: MadeDose, location: string, present: string): Promise<void> {
    if (present === dose.sha256) {
      // A server that was stopped between the two halves of its rename leaves both names.
      await removeRemote(session, partOf(location, dose));
      return;
    }
    const start = await remoteStart(session, location, META_BYTES);
    const same = start?.includes(dose.sopInstanceUid) === true;
    throw permanent(
      'upload.uid-conflict',
      same
        ? 'the target holds another dose under the same SOP instance UID'
        : 'the target holds another object under the name of this one',
      { remedy: 'move the other file away, or have a new run made, then: mqi retry ID' },
    );
  }

  /** Writes a text of ours beside the objects, in place of an earlier one; a repeat changes nothing. */
  async #beside(kase: Case, name: string, text: string): Promise<void> {
    const path = this.#pathBeside(kase, name);
    await this.#connection.use(NEVER, async (session) => {
      const most = Buffer.byteLength(text) + 1;
      if ((await remoteStart(session, path, most))?.toString('utf8') === text) return;
      const part = `${path}.${kase.id}.part`; // what a crash leaves is overwritten by the next try
      try {
        await makeFolders(session, posix.dirname(path));
        await sendText(session, text, part);
        if ((await remoteStart(session, part, most))?.toString('utf8') !== text) throw differs(this.name);
        await replaceRemote(session, part, path);
      } catch (error) {
        const explained = await this.#explained(session, error, most, posix.dirname(path));
        await this.#cleared(session, part);
        throw explained;
      }
    });
  }

  #pathBeside(kase: Case, name: string): string {
    const plan = filled(this.options.path, kase, { sopInstanceUid: 'none', beamNumber: null });
    return posix.join(posix.dirname(plan), name);
  }

  /** OpenSSH says no more than "failure" when the disk is full. */
  async #explained(session: SftpSession, error: unknown, bytes: number, folder: string): Promise<unknown> {
    if (!(error instanceof SftpRefusal) || error.status !== SFTP_STATUS.failure) return error;
    const free = await freeBytes(session, folder);
    return free !== null && free < bytes ? diskFull(this.name, error) : error;
  }

  /** Of a try that failed; when this fails too the first reason counts, and the next try overwrites the part file. */
  async #cleared(session: SftpSession, part: string): Promise<void> {
    if (!session.isLost) await removeRemote(session, part).catch(() => undefined);
  }
}

/** A line or so for each object; of a longer one nothing is known. */
const MOST_MARKER_BYTES = 1024 * 1024;

const markerSchema = z.looseObject({
  caseId: z.string(),
  run: z.number(),
  planSopInstanceUid: z.string().nullable(),
});

/** Null where a file is no marker of ours. */
function markerIn(text: string): z.output<typeof markerSchema> | null {
  try {
    return markerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Of one object alone; a repeat finds it again. */
const partOf = (location: string, { sha256 }: MadeDose): string => `${location}.${sha256.slice(0, 8)}.part`;

/** Servers say no more than that something failed, which would be taken for a failure of theirs. */
const badName = (target: string): Error =>
  permanent('upload.bad-name', `a name made by sftp.path of upload target ${target} is too long for a file system`, {
    remedy: 'change sftp.path of the target, restart the service, then: mqi retry ID',
  });

const differs = (target: string): Error =>
  transient('upload.verify-failed', `the copy at upload target ${target} is not what was sent`);

const changed = (): Error =>
  permanent('dose.damaged', 'an RT Dose in the work folder has changed since it was made', {
    remedy: 'have it made again: mqi retry ID --from simulate',
  });
