import { expect } from 'chai';
import { ownWords } from '../../../../src/cli/support/own-words.js';
import { Pseudonyms } from '../../../../src/cli/support/pseudonyms.js';
import type { Identity } from '../../../../src/domain/identity.js';

const user = (text: string): Identity => ({ kind: 'user name', text, caseId: null });

describe('the pseudonyms of a support bundle', () => {
  /** All are words of our own texts, or stand in them as an example. */
  const names = ['max', 'max-planck', 'long', 'jo', 'k.r'];
  const made = (): Pseudonyms =>
    new Pseudonyms(names.map(user), [], { ownWords: new Set(['max', 'long']), datesBefore: '' });

  it('stand for whoever acted, also where the name is a word of ours or short', () => {
    const pseudonyms = made();
    const line = '{"message":"at most max, too long","actor":"web:max","by":"cli:jo, web:long. web:k.r"}';
    const text = pseudonyms.text(line);
    expect(text).to.match(
      /^\{"message":"at most max, too long","actor":"web:user-\w{10}","by":"cli:user-\w{10}, web:user-\w{10}\. web:user-\w{10}"\}$/,
    );
    expect(text).to.contain(pseudonyms.actor('web:max'));
  });

  it('are of the whole name, and leave others and what only looks so alone', () => {
    const pseudonyms = made();
    const text = pseudonyms.text('web:max-planck web:maximilian web:max.m unweb:max control-file');
    expect(text).to.equal(`${pseudonyms.actor('web:max-planck')} web:maximilian web:max.m unweb:max control-file`);
  });

  it('and the search lose no name to an example in our own texts', async () => {
    const words = await ownWords();
    const examples = ['anna', 'adam', 'eva', 'peter', 'maria', 'jane', 'smith', 'doe', 'schmidt', 'kim', 'tanaka'];
    expect(examples.filter((name) => words.has(name))).to.deep.equal([]);
  });
});
