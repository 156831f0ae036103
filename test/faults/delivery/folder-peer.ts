import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FolderTargetOptions } from '../../../src/adapters/uploads/folder-target.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aDicomDose, freshUid } from '../../builders/a-dicom-dose.js';
import type { Random } from '../../fuzz/random.js';
import { removeFolder } from '../../remove-folder.js';
import { mountTmpfs, unmount } from '../mounted.js';
import type { Choice, FaultPeer } from './fault-peer.js';
import type { Sabotage } from './sabotage.js';
import type { TargetSpec } from './target-spec.js';

/** A dose of 80 KiB to 1 MiB. */
export const randomDose = (path: string, random: Random): MadeDose =>
  aDicomDose(path, { sopInstanceUid: freshUid(), frames: 10 + random.below(118) });

export const fileDigest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Leaves so many bytes of the disk free; gives the file to remove. */
export function fill(folder: string, leaveBytes: number): string {
  const { bavail, bsize } = statfsSync(folder);
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
  return ballast;
}

/** A share: a small disk, mounted a second time where the service sees it, so that it can go away and come back. */
export class FolderPeer implements FaultPeer {
  readonly kind: string = 'folder';
  readonly #place = mkdtempSync(join(tmpdir(), 'mqi-faults-'));
  readonly #disk = join(this.#place, 'disk');
  readonly #share = join(this.#place, 'share');
  readonly choices: readonly Choice[] = [
    ...(['error', 'lose', 'twice', 'gone', 'delay', 'kill'] as const).map((how) => this.#inside('writing', how)),
    ...(['error', 'truncate', 'gone', 'delay', 'kill'] as const).map((how) => this.#inside('flushing', how)),
    ...(['error', 'gone', 'read-only', 'delay', 'kill'] as const).map((how) => this.#inside('reading back', how)),
    ...(['error', 'gone', 'read-only', 'delay', 'kill'] as const).map((how) => this.#inside('naming', how)),
    ...(['error', 'gone', 'delay', 'kill'] as const).map((how) => this.#inside('named', how)),
    {
      stage: 'writing',
      fault: 'disk full',
      mustBeTriedAgain: false,
      inProcess: false,
      arm: (random) => {
        fill(this.#disk, 4096 * random.below(20));
        this.#isFull = true;
        return null;
      },
    },
  ];
  #isFull = false;

  start(): Promise<void> {
    mountTmpfs(this.#disk, '8m');
    mkdirSync(this.#share);
    this.#bind();
    return Promise.resolve();
  }

  end(): Promise<void> {
    unmount(this.#share);
    unmount(this.#disk);
    removeFolder(this.#place);
    return Promise.resolve();
  }

  readonly dose = randomDose;
  readonly digest = ({ path }: MadeDose): string => fileDigest(path);

  spec(): TargetSpec {
    return { kind: 'folder', options: this.folder() };
  }

  protected folder(): FolderTargetOptions {
    return { name: 't', path: join(this.#share, 'in'), makeMissing: false };
  }

  /** The sabotage says so itself. */
  struck(): boolean {
    return this.#isFull;
  }

  heal(): Promise<void> {
    this.#isFull = false;
    if (!readdirSync(this.#share).includes('in')) this.#bind();
    execFileSync('mount', ['-o', 'remount,rw', this.#share]);
    rmSync(join(this.#disk, 'ballast'), { force: true });
    return Promise.resolve();
  }

  /** Looks behind the mount; what is not of this object is removed, for the disk is small. */
  copies({ sopInstanceUid }: MadeDose): Promise<readonly string[]> {
    const top = join(this.#disk, 'in');
    for (const folder of readdirSync(top)) {
      if (!folder.includes(sopInstanceUid)) rmSync(join(top, folder), { recursive: true });
    }
    const names = readdirSync(top, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.dcm'));
    return Promise.resolve(names.map((name) => fileDigest(join(top, name))));
  }

  #bind(): void {
    mkdirSync(join(this.#disk, 'in'), { recursive: true });
    execFileSync('mount', ['--bind', this.#disk, this.#share]);
  }

  #inside(stage: Sabotage['stage'], how: Sabotage['how']): Choice {
    return {
      stage,
      fault: how === 'error' ? 'i/o error' : how,
      mustBeTriedAgain: how !== 'read-only',
      inProcess: true,
      arm: (random) => ({
        ...{ stage, how, mount: this.#share },
        afterBytes: stage === 'flushing' ? 0 : random.below(80_000),
      }),
    };
  }
}
