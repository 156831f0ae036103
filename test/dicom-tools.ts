import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Debian's Python: its pydicom is what we check against. */
const PYTHON = '/usr/bin/python3';

export const hasDciodvfy = (): boolean => spawnSync('dciodvfy', ['-version']).error === undefined;
export const hasDcmtk = (): boolean => spawnSync('dcmdump', ['--version']).error === undefined;
export const hasPython = (): boolean => spawnSync('python3', ['--version']).error === undefined;
export const hasPydicom = (): boolean => spawnSync(PYTHON, ['-c', 'import pydicom']).status === 0;

/** Lines of `dciodvfy -new` that start with Error. */
export function dciodvfyErrors(file: string): readonly string[] {
  const { stdout, stderr, error } = spawnSync('dciodvfy', ['-new', file], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('Error'));
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
