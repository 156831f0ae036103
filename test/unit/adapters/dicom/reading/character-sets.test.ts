import { expect } from 'chai';
import { decodeText } from '../../../../../src/adapters/dicom/reading/character-sets.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/\s/g, ''), 'hex');

/** The examples of PS3.5 annexes H, I, J and K, and single-byte sets. */
const EXAMPLES: readonly (readonly [string, readonly string[], Buffer, string])[] = [
  ['Latin-1', ['ISO_IR 100'], bytes('42 75 63 20 4a e9 72 f4 6d 65'), 'Buc Jérôme'],
  ['Cyrillic', ['ISO_IR 144'], bytes('bb ee da 63 65'), 'Люкce'],
  ['UTF-8', ['ISO_IR 192'], Buffer.from('王 小东'), '王 小东'],
  ['GB18030', ['GB18030'], bytes('cd f5 5e d0 a1 b6 ab'), '王^小东'],
  [
    'Korean (ISO 2022 IR 149)',
    ['', 'ISO 2022 IR 149'],
    bytes('1b 24 29 43 fb f3 5e 1b 24 29 43 d1 ce d4 d7'),
    '洪^吉洞',
  ],
  [
    'Japanese (ISO 2022 IR 87)',
    ['', 'ISO 2022 IR 87'],
    bytes('1b 24 42 3b 33 45 44 1b 28 42 5e 1b 24 42 42 40 4f 3a 1b 28 42'),
    '山田^太郎',
  ],
  ['half-width katakana (ISO_IR 13)', ['ISO_IR 13'], bytes('d4 cf c0 de 5e c0 db b3'), 'ﾔﾏﾀﾞ^ﾀﾛｳ'],
  ['Chinese (ISO 2022 IR 58)', ['', 'ISO 2022 IR 58'], bytes('5a 1b 24 29 41 d5 c5'), 'Z张'],
  ['no character set at all', [], Buffer.from('Field 1'), 'Field 1'],
  ['a character set nobody knows', ['ISO_IR 999'], Buffer.from('Field 1'), 'Field 1'],
];

describe('Text of DICOM elements', () => {
  for (const [name, characterSet, encoded, text] of EXAMPLES) {
    it(`is read in ${name}`, () => {
      expect(decodeText(encoded, characterSet)).to.equal(text);
    });
  }
});
