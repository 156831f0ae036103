import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { anyText } from '../../../builders/any-text.js';
import { encodeLine, encodeWord } from '../../../../src/adapters/hosts/ssh/wire.js';

/** As agent-script.ts reads them: split at spaces, never at anything in a word. Of each line how many, then the words. */
const READ = `set -f; while IFS= read -r line; do set -- $line; printf '%s\\0' "$#"
for w in "$@"; do case $w in *'\\c') printf '\\0';; *) printf %b "$w"; printf '\\0';; esac; done; done`;

describe('words on their way to another machine', () => {
  const read = (lines: readonly string[]): readonly (readonly string[])[] => {
    const said = execFileSync('sh', ['-c', READ], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
    const left = said.split('\0').slice(0, -1);
    const found: (readonly string[])[] = [];
    while (left.length > 0) found.push(left.splice(0, Number(left.shift())));
    return found;
  };

  it('arrive as they were, whatever characters they are made of', () => {
    const text = anyText(60).map((word) => word.replaceAll('\0', ''));
    const words = fc.array(text, { minLength: 1, maxLength: 8 });
    // Many lines for each shell that is started.
    fc.assert(
      fc.property(fc.array(words, { minLength: 30, maxLength: 30 }), (lines) => {
        expect(read(lines.map(encodeLine))).to.deep.equal(lines);
      }),
      { numRuns: 5 },
    );
  });

  it('arrive as they were for every single character of one byte, also beside digits', () => {
    const given = Array.from({ length: 127 }, (_, i) => `7${String.fromCharCode(i + 1)}7`);
    expect(read([encodeLine(given)])).to.deep.equal([given]);
  });

  it('are made of signs that no shell gives a meaning to', () => {
    fc.assert(
      fc.property(anyText(), (word) => {
        expect(encodeWord(word)).to.match(/^[A-Za-z0-9/._=:,+\\-]+$/);
      }),
    );
  });
});
