import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { BEAM_STATES } from '../../../src/domain/beam-machine.js';
import { CASE_STATES } from '../../../src/domain/case-machine.js';

const TOP = fileURLToPath(new URL('../../../../', import.meta.url));
const page = (name: string): string => readFileSync(join(TOP, 'docs', name), 'utf8');

/** Codes as they are typed where an error is made; found by text, not by the way the page is generated. */
function codesInSource(): ReadonlySet<string> {
  const folder = join(TOP, 'src');
  const files = readdirSync(folder, { recursive: true }).map(String);
  const made =
    /\b(?:transient|input|permanent|operator|bug|problem)\s*(?:\(|,)\s*(?:\d+,\s*)?'([a-z][a-z0-9-]*\.[a-z0-9.-]+)'/g;
  const texts = files.filter((name) => /\.ts$/.test(name)).map((name) => readFileSync(join(folder, name), 'utf8'));
  return new Set(texts.flatMap((text) => [...text.matchAll(made)].map(([, code]) => code ?? '')));
}

describe('what to do when something fails', () => {
  it('is written for every error code that the source makes', () => {
    const codes = [...codesInSource()];
    expect(codes).to.include.members(['disk.full', 'database.busy', 'plan.none', 'web.forbidden']);
    const text = page('error-codes.md');
    expect(codes.filter((code) => !text.includes(`- \`${code}\` (`))).to.deep.equal([]);
  });

  it('names something to do for each of them', () => {
    const lines = page('error-codes.md')
      .split('\n')
      .filter((line) => line.startsWith('- `'));
    expect(lines.filter((line) => !/\*\*Do:\*\* \S/.test(line))).to.deep.equal([]);
  });

  it('is written for every state of a case and of a beam', () => {
    const text = page('operations.md');
    expect([...CASE_STATES, ...BEAM_STATES].filter((state) => !text.includes(`| \`${state}\``))).to.deep.equal([]);
  });
});
