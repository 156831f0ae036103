import { expect } from 'chai';
import { toImplicit } from '../../../../src/adapters/uploads/dimse/implicit.js';
import { dicomFile, element, type RawElement, type RawShape } from '../../../builders/dicom-bytes.js';

const ELEMENTS: readonly RawElement[] = [
  element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.2'),
  element('0010,0010', 'PN', 'A^B'),
  element('0028,0009', 'AT', Buffer.from([4, 0x30, 12, 0])),
  element('0028,0010', 'US', [64]),
  element('3004,000c', 'DS', '0\\2.5\\5'),
  element('300c,0002', 'SQ', [
    [
      element('0008,1150', 'UI', '1.2.840.10008.5.1.4.1.1.481.8'),
      element('300c,0020', 'SQ', [[element('300c,0022', 'IS', '1')], [], [element('300c,0022', 'IS', '2')]]),
    ],
  ]),
  element('3006,0010', 'SQ', []),
  element('4010,1070', 'UT', 'a text of four-byte length'),
];
const bytesOf = (shape: RawShape): Buffer => dicomFile(ELEMENTS, { ...shape, preamble: false, meta: 'none' });

describe('an RT Dose in implicit VR little endian', () => {
  const wanted = bytesOf({ encoding: 'implicit-little' });

  it('has the same elements and values as in explicit VR', () => {
    expect(toImplicit(bytesOf({ encoding: 'explicit-little' })).equals(wanted)).to.equal(true);
  });

  it('has them too where sequences and items are of undefined length', () => {
    const bytes = bytesOf({ encoding: 'explicit-little', undefinedLengths: true });
    expect(toImplicit(bytes).equals(wanted)).to.equal(true);
  });

  it('is not made of bytes that end in the middle of an element', () => {
    const bytes = bytesOf({ encoding: 'explicit-little' });
    for (const cut of [1, 5, 27, 40]) {
      expect(() => toImplicit(bytes.subarray(0, bytes.length - cut)), String(cut)).to.throw(RangeError);
    }
  });
});
