import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { transient, type CaseError } from '../../../domain/errors.js';
import { diskError } from '../../../files/disk-error.js';
import { systemCode } from '../../../files/system-code.js';
import type { FileToSend, RemoteFile, RemoteFiles } from '../../../ports/remote-files.js';
import type { Answer } from './agent-channel.js';
import { answerOf } from './remote-answer.js';
import type { SshConnection } from './ssh-connection.js';
import { remoteFailure } from './ssh-failure.js';

/** The shell there reads calls byte by byte. */
const SMALL_SENT = 16 * 1024;
const SMALL_FETCHED = 64 * 1024;

/** Files of a machine reached by SSH, moved through sessions of the shared connection, checked by hash at both ends. */
export class SshFiles implements RemoteFiles {
  constructor(private readonly connection: SshConnection) {}

  async makeFolder(path: string): Promise<void> {
    await this.#ask('mkdir', [path], 'making a folder');
  }

  async sha256(path: string): Promise<string | null> {
    const output = await this.#ask('sha256', [path], 'reading a file');
    return output === null ? null : (/[0-9a-f]{64}/.exec(output)?.[0] ?? null);
  }

  async send(from: string, to: string, sha256: string, signal: AbortSignal): Promise<void> {
    const part = `${to}.${randomBytes(6).toString('hex')}.part`;
    try {
      if ((await this.#store(from, part, signal)) !== sha256) throw this.#damaged('sent to');
      await this.#ask('move', [part, to], 'storing a file');
    } catch (thrown) {
      // As far as it can be reached; the sweep takes what stays.
      await this.#ask('remove', [part], 'removing a file').catch(() => undefined);
      throw thrown;
    }
  }

  async sendMany(files: readonly FileToSend[], signal: AbortSignal): Promise<void> {
    if ((await this.connection.sendMany(files, signal)) > 0) throw this.#damaged('sent to');
  }

  async fetch(from: string, to: string, sha256: string, signal: AbortSignal): Promise<void> {
    const part = `${to}.${randomBytes(6).toString('hex')}.part`;
    try {
      const small = await this.#readSmall(from);
      if (small === null) await this.connection.fetch(from, part, signal);
      else await writeFile(part, small, { mode: 0o640 });
      if ((await hashOf(part)) !== sha256) throw this.#damaged('fetched from');
      await rename(part, to);
    } catch (thrown) {
      throw systemCode(thrown) === null ? thrown : diskError(thrown); // our own disk
    } finally {
      await rm(part, { force: true });
    }
  }

  async link(from: string, to: string): Promise<void> {
    await this.#ask('link', [from, to], 'storing a file');
  }

  async list(folder: string): Promise<readonly RemoteFile[] | null> {
    const output = await this.#ask('list', [folder], 'listing a folder');
    if (output === null) return null;
    // Ended by NUL, as no name can hold one.
    return output.split('\0').flatMap((line) => {
      const at = line.indexOf(' ');
      return at < 0 ? [] : [{ bytes: Number(line.slice(0, at)), path: line.slice(at + 1) }];
    });
  }

  async remove(folder: string): Promise<void> {
    await this.#ask('remove', [folder], 'removing a folder');
  }

  async sweep(folder: string, days: number): Promise<void> {
    await this.#ask('sweep', [folder, String(days)], 'removing old files');
  }

  /** Its SHA-256 as it arrived. A small file needs no session of its own, which costs more than all that is in it. */
  async #store(from: string, part: string, signal: AbortSignal): Promise<string | null> {
    if ((await stat(from)).size > SMALL_SENT) return this.connection.send(from, part, signal);
    const output = await this.#ask('store', [part, (await readFile(from)).toString('base64')], 'storing a file');
    return /^[0-9a-f]{64}/.exec(output ?? '')?.[0] ?? null;
  }

  /** The whole file if it is small; else null. */
  async #readSmall(from: string): Promise<Buffer | null> {
    const answer = await this.connection.direct('read', [from, '1', String(SMALL_FETCHED + 1)]);
    const { code, output } = answerOf(answer);
    return answer.status === 'ok' && code === 0 && output.length <= SMALL_FETCHED ? output : null;
  }

  async #ask(operation: string, words: readonly string[], doing: string): Promise<string | null> {
    const answer: Answer = await this.connection.direct(operation, words);
    if (answer.status === 'none') return null;
    const { code, output } = answerOf(answer);
    const text = output.toString('utf8');
    if (code !== 0) throw remoteFailure(this.connection.options.name, doing, text);
    return text;
  }

  #damaged(how: string): CaseError {
    return transient('host.damaged', `a file ${how} host ${this.connection.options.name} arrived damaged`);
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
