import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { encodeLine, encodeWord } from '../../../../src/adapters/hosts/ssh/wire.js';

/** As agent-script.ts reads them: split at spaces, never at anything in a word. */
const READ = `IFS= read -r line; set -f; set -- $line
for w in "$@"; do case $w in *'\\c') printf '\\0';; *) printf %b "$w"; printf '\\0';; esac; done`;

describe('words on their way to another machine', () => {
  const read = (line: string): readonly string[] =>
    execFileSync('sh', ['-c', READ], { input: `${line}\n`, encoding: 'utf8' })
      .split('\0')
      .slice(0, -1);

  it('arrive as they were, whatever characters they are made of', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 60 })
      .map((word) => Buffer.from(word.replaceAll('\0', '')).toString());
    const words = fc.array(text, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(words, (given) => {
        expect(read(encodeLine(given))).to.deep.equal(given);
      }),
      { numRuns: 150 },
    );
  });

  it('arrive as they were for every single character of one byte, also beside digits', () => {
    const given = Array.from({ length: 127 }, (_, i) => `7${String.fromCharCode(i + 1)}7`);
    expect(read(encodeLine(given))).to.deep.equal(given);
  });

  it('are made of signs that no shell gives a meaning to', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (word) => {
        expect(encodeWord(word)).to.match(/^[A-Za-z0-9/._=:,+\\-]+$/);
      }),
    );
  });
});
