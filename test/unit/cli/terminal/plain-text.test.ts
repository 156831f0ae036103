import { expect } from 'chai';
import fc from 'fast-check';
import { anyText } from '../../../builders/any-text.js';
import { plainJson, plainText } from '../../../../src/cli/terminal/plain-text.js';

describe('text made safe for the terminal', () => {
  it('shows an escape sequence in a folder name instead of obeying it', () => {
    expect(plainText('a\u001b[2Jb')).to.equal('a\\u001b[2Jb');
    expect(plainText('a\u009b31mb')).to.equal('a\\u009b31mb');
  });

  it('keeps a name with a line break on one line', () => {
    expect(plainText('lung\r\n2')).to.equal('lung\\u000d\\u000a2');
  });

  it('shows marks that would reorder or hide what follows', () => {
    expect(plainText('x\u202egnp.\u200b\ufeff')).to.equal('x\\u202egnp.\\u200b\\ufeff');
  });

  it('leaves Korean names, accents and symbols as they are', () => {
    expect(plainText('환자 01 – Ä°')).to.equal('환자 01 – Ä°');
  });

  it('escapes every control character, whatever the text', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        expect(plainText(text)).not.to.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('gives JSON that reads back as it was and holds no control character', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const json = plainJson({ text });
        expect(json.replaceAll('\n', '')).not.to.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(json)).to.deep.equal({ text });
      }),
    );
  });
});
