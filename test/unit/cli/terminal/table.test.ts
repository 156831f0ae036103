import { expect } from 'chai';
import { table } from '../../../../src/cli/terminal/table.js';
import { textWidth } from '../../../../src/cli/terminal/text-width.js';

interface Row {
  readonly name: string;
  readonly count: number;
}
const SHAPE = [
  { title: 'name', cell: ({ name }: Row) => name, shrinksTo: 6 },
  { title: 'count', cell: ({ count }: Row) => String(count), align: 'right' as const },
];

describe('a table in the terminal', () => {
  it('aligns words left and numbers right', () => {
    const lines = table(
      [
        { name: 'a', count: 7 },
        { name: 'longer', count: 1234567 },
      ],
      SHAPE,
      Infinity,
    );
    expect(lines).to.deep.equal(['NAME      COUNT', 'a             7', 'longer  1234567']);
  });

  it('counts two columns for a Korean character, so that the columns after it stay aligned', () => {
    const lines = table(
      [
        { name: '환자', count: 1 },
        { name: 'abcd', count: 2 },
      ],
      SHAPE,
      Infinity,
    );
    expect(lines.slice(1).map(textWidth)).to.deep.equal([11, 11]);
  });

  it('cuts what may be cut until it fits the terminal', () => {
    const lines = table([{ name: 'a very long folder name', count: 1 }], SHAPE, 20);
    expect(lines[1]).to.equal('a very long …      1');
    expect(Math.max(...lines.map(textWidth))).to.be.at.most(20);
  });

  it('cuts nothing where the output is no terminal', () => {
    const [, line] = table([{ name: 'x'.repeat(300), count: 1 }], SHAPE, Infinity);
    expect(line).to.contain('x'.repeat(300));
  });

  it('escapes control characters in cells', () => {
    const [, line] = table([{ name: 'a\u001b[1m', count: 1 }], SHAPE, Infinity);
    expect(line).to.contain('a\\u001b[1m');
  });
});
