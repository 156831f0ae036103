import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { removeFolder } from '../../remove-folder.js';
import { mountTmpfs, unmount } from '../mounted.js';
import type { Choice, FaultPeer } from './fault-peer.js';
import { fileDigest, fill, randomDose } from './folder-peer.js';
import type { TargetSpec } from './target-spec.js';

/**
 * As a site would write it: the object under a part name of its own, compared, then named. Reads from the file `fault` beside it
 * what is to go wrong, and when: `STAGE WHAT BYTES`.
 */
const PROGRAM = `#!/bin/sh
place=$1; object=$2; uid=$3; sha=$4
read -r at what bytes < "$place/fault" 2>/dev/null && rm -f "$place/fault"
met() { [ "$1" = "$at" ] || return 0; echo met > "$place/struck"; case $what in
  die) kill -9 $$;; code) exit 1;; hang) exec sleep 30;; noise) head -c 3000000 /dev/urandom;; delay) sleep 0.1;;
  kill) kill -9 $PPID; sleep 0.1;; esac; }
met starting
part="$place/store/$uid.$$.part"
there() { [ "$(sha256sum < "$1" | cut -d ' ' -f 1)" = "$sha" ]; }
if [ -e "$place/store/$uid.dcm" ]; then there "$place/store/$uid.dcm" || exit 65; met answering; echo there; exit 0; fi
[ "$at" = copying ] && { head -c "$bytes" "$object" > "$part"; met copying; }
cp "$object" "$part" || { rm -f "$part"; exit 28; }
there "$part" || { rm -f "$part"; exit 1; }
met naming
mv "$part" "$place/store/$uid.dcm" || exit 1
met answering
echo stored
`;

/** A program of the site, which stores in a folder of a small disk. */
export class CommandPeer implements FaultPeer {
  readonly kind = 'command';
  readonly #place = mkdtempSync(join(tmpdir(), 'mqi-faults-'));
  readonly #store = join(this.#place, 'store');
  #isMissing = false;
  #isFull = false;
  readonly choices: readonly Choice[] = [
    ...['starting', 'copying', 'naming', 'answering'].flatMap((stage) =>
      ['die', 'code', 'hang', 'noise', 'delay', 'kill'].map((what) => this.#inside(stage, what)),
    ),
    this.#choice('starting', 'no program', () => {
      this.#isMissing = true;
    }),
    this.#choice('copying', 'disk full', (bytes) => {
      this.#isFull = true;
      fill(this.#store, bytes);
    }),
  ];

  start(): Promise<void> {
    mountTmpfs(this.#store, '8m');
    mkdirSync(this.#place, { recursive: true });
    writeFileSync(join(this.#place, 'send'), PROGRAM);
    chmodSync(join(this.#place, 'send'), 0o755);
    return Promise.resolve();
  }

  end(): Promise<void> {
    unmount(this.#store);
    removeFolder(this.#place);
    return Promise.resolve();
  }

  readonly dose = randomDose;
  readonly digest = ({ path }: MadeDose): string => fileDigest(path);

  spec(): TargetSpec {
    const argv = [join(this.#place, this.#isMissing ? 'none' : 'send'), this.#place, '{file}', '{sopInstanceUid}'];
    const options = { name: 't', optional: false, timeoutMinutes: 0.5 / 60, permanentExitCodes: [65] };
    return { kind: 'command', options: { ...options, argv: [...argv, '{sha256}'] } };
  }

  struck(): boolean {
    return this.#isFull || this.#isMissing || readdirSync(this.#place).includes('struck');
  }

  heal(): Promise<void> {
    this.#isFull = false;
    if (this.#isMissing) writeFileSync(join(this.#place, 'none'), PROGRAM, { mode: 0o755 });
    this.#isMissing = false;
    for (const left of ['fault', 'store/ballast']) rmSync(join(this.#place, left), { force: true });
    return Promise.resolve();
  }

  /** Those of other objects are removed, for the disk is small. */
  copies({ sopInstanceUid }: MadeDose): Promise<readonly string[]> {
    const names = readdirSync(this.#store);
    for (const name of names) if (!name.startsWith(`${sopInstanceUid}.`)) rmSync(join(this.#store, name));
    const ours = names.filter((name) => name === `${sopInstanceUid}.dcm`);
    return Promise.resolve(ours.map((name) => fileDigest(join(this.#store, name))));
  }

  #inside(stage: string, what: string): Choice {
    return {
      ...this.#choice(stage, WORDS[what] ?? what, (bytes) => {
        writeFileSync(join(this.#place, 'fault'), `${stage} ${what} ${String(bytes)}\n`);
      }),
      mustBeTriedAgain: true,
      inProcess: what === 'kill',
    };
  }

  #choice(stage: string, fault: string, make: (bytes: number) => void): Choice {
    return {
      stage,
      fault,
      mustBeTriedAgain: false,
      inProcess: false,
      arm: (random) => {
        for (const left of ['struck', 'none']) rmSync(join(this.#place, left), { force: true });
        make(random.below(80_000));
        return null;
      },
    };
  }
}

const WORDS: Readonly<Record<string, string>> = { die: 'program killed', code: 'wrong status', hang: 'silence' };
