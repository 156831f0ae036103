import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import dicomParser from 'dicom-parser';

const execute = promisify(execFile);

/** Debian's Python: its pydicom is what we check against. */
const PYTHON = '/usr/bin/python3';

/** What is installed does not change while tests run: each is looked for once, as finding pydicom takes a fifth of a second. */
const once = (look: () => boolean): (() => boolean) => {
  let found: boolean | null = null;
  return () => (found ??= look());
};

export const hasDciodvfy = once(() => spawnSync('dciodvfy', ['-version']).error === undefined);
export const hasDcmtk = once(() => spawnSync('dcmdump', ['--version']).error === undefined);
export const hasPython = once(() => spawnSync('python3', ['--version']).error === undefined);
export const hasPydicom = once(() => spawnSync(PYTHON, ['-c', 'import pydicom']).status === 0);

/**
 * Lines of `dciodvfy -new` that start with Error. Throws where it came to no end of its own: Debian's build aborts at pixels of 32
 * bits, of which it then is shown every second half (`inSixteenBits`), and says nothing at all of such a file before.
 */
export function dciodvfyErrors(file: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'mqi-dciodvfy-'));
  try {
    const shown = join(folder, 'shown.dcm');
    writeFileSync(shown, inSixteenBits(readFileSync(file)));
    const { stdout, stderr, error, signal } = spawnSync('dciodvfy', ['-new', shown], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
    // What it looked at it names: `RTDose`, `RTIonPlan`.
    const isLookedAt = lines.some((line) => /^[A-Z]\w+$/.test(line));
    if (signal !== null || !isLookedAt)
      throw new Error(`dciodvfy did not look at it: ${signal ?? ''} ${lines.join('; ')}`);
    return lines.filter((line) => line.startsWith('Error'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * An RT Dose in explicit VR little endian with 32 bits a pixel as one of 16: the upper halves of its pixels, which stand last; all
 * else stays. Other files as they are.
 */
function inSixteenBits(file: Buffer): Buffer {
  const { elements } = dicomParser.parseDicom(file, { untilTag: 'x7fe00010' });
  const at = (tag: string): number => elements[tag]?.dataOffset ?? -1;
  const pixels = elements.x7fe00010;
  if (pixels === undefined || file.readUInt16LE(at('x00280100')) !== 32) return file;
  const changed = Buffer.from(file.subarray(0, pixels.dataOffset + pixels.length / 2));
  for (let i = 0; i < pixels.length; i += 4)
    file.copy(changed, pixels.dataOffset + i / 2, pixels.dataOffset + i + 2, pixels.dataOffset + i + 4);
  changed.writeUInt32LE(pixels.length / 2, pixels.dataOffset - 4);
  for (const [tag, bits] of [
    ['x00280100', 16],
    ['x00280101', 16],
    ['x00280102', 15],
  ] as const)
    changed.writeUInt16LE(bits, at(tag));
  return changed;
}

/** What `dcmdump` prints of a file; rejects when it cannot read it. */
export async function dcmdump(file: string, ...options: readonly string[]): Promise<string> {
  const { stdout } = await execute('dcmdump', ['-q', ...options, file]);
  return stdout;
}

/** Runs a Python script in which `pydicom`, `sys` and `json` are imported; what it prints, as JSON. */
export async function pydicom(script: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await execute(PYTHON, ['-c', `import pydicom, sys, json\n${script}`, ...args], {
    maxBuffer: 100_000_000,
  });
  return JSON.parse(stdout);
}
