import { type CaseError, operator, transient } from '../../../domain/errors.js';

/** Answers of a server that are refusals (draft-ietf-secsh-filexfer-02, section 7). */
export const SFTP_STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

/** What a server answered instead of doing what it was asked; the connection goes on. */
export class SftpRefusal extends Error {
  constructor(
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(`SFTP status ${String(status)}`, options);
    this.name = 'SftpRefusal';
  }
}

/** A refusal as a CaseError; anything else stays as it is. A server has no status for a full disk: disk-full.ts asks. */
export function sftpError(thrown: unknown, target: string): unknown {
  if (!(thrown instanceof SftpRefusal)) return thrown;
  const said = thrown.cause instanceof Error ? `: ${thrown.cause.message}` : '';
  const peerSaid = `SFTP status ${String(thrown.status)}${said}`;
  switch (thrown.status) {
    case SFTP_STATUS.permissionDenied:
      return operator('upload.auth', `the server of upload target ${target} does not let us write there`, {
        cause: thrown,
        peerSaid,
        remedy: 'give the user write access to the folder at the server, then: mqi resume ID',
      });
    case SFTP_STATUS.unsupported:
      return operator('upload.unsupported', `the server of upload target ${target} cannot do what delivery needs`, {
        cause: thrown,
        peerSaid,
        remedy: 'use another server or another kind of target, then: mqi resume ID',
      });
    default:
      return transient(
        'upload.unavailable',
        `the server of upload target ${target} refused with SFTP status ${String(thrown.status)}`,
        { cause: thrown, peerSaid },
      );
  }
}

export const unreachable = (target: string, why: string, cause?: unknown): CaseError =>
  transient('upload.unavailable', `upload target ${target} cannot be reached: ${why}`, { cause });

export const wrongKey = (target: string, how: string): CaseError =>
  operator('upload.host-key', `the server of upload target ${target} ${how}`, {
    remedy: "compare the server's key with its owner and correct the file knownHosts, then: mqi resume ID",
  });

export const noLogin = (target: string, why: string, cause?: unknown): CaseError =>
  operator('upload.auth', `no login at upload target ${target}: ${why}`, {
    cause,
    remedy: 'correct user, key or password of the target, then: mqi resume ID',
  });

export const diskFull = (target: string, cause: unknown): CaseError =>
  operator('disk.full', `the server of upload target ${target} has no room left`, {
    cause,
    remedy: 'free space at the server, then: mqi resume ID',
  });
