import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { transient, type CaseError } from '../../../domain/errors.js';
import type { RemoteFile, RemoteFiles } from '../../../ports/remote-files.js';
import type { Answer } from './agent-channel.js';
import { answerOf } from './remote-answer.js';
import type { SshConnection } from './ssh-connection.js';
import { remoteFailure } from './ssh-failure.js';

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
      if ((await this.connection.send(from, part, signal)) !== sha256) throw this.#damaged('sent to');
      await this.#ask('move', [part, to], 'storing a file');
    } catch (thrown) {
      // As far as it can be reached; the sweep takes what stays.
      await this.#ask('remove', [part], 'removing a file').catch(() => undefined);
      throw thrown;
    }
  }

  async fetch(from: string, to: string, sha256: string, signal: AbortSignal): Promise<void> {
    const part = `${to}.${randomBytes(6).toString('hex')}.part`;
    try {
      await this.connection.fetch(from, part, signal);
      if ((await hashOf(part)) !== sha256) throw this.#damaged('fetched from');
      await rename(part, to);
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
