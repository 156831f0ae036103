import { expect } from 'chai';
import { decodeMarker, readMarkerText, tooLongMarker, type MarkerText } from '../../../src/domain/manifest.js';
import { byListedPath, manifestLacks, manifestRemarks } from '../../../src/domain/manifest-finding.js';
import { entriesFor, markerPlaces } from '../../../src/domain/ready-marker.js';

const A = 'a'.repeat(64);
const B = 'B'.repeat(64);

function read(text: string): MarkerText {
  const reading = readMarkerText(text);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
  }
}

const paths = (text: string): readonly string[] => {
  const marker = read(text);
  return marker.kind === 'manifest' ? marker.entries.map(({ path }) => path) : [JSON.stringify(marker)];
};

describe('What a ready marker says', () => {
  for (const [what, text] of [
    ['nothing', ''],
    ['blank lines', '\r\n \n'],
    ['a word', 'done\n'],
    ['a date', '2026-04-24T01:44:08Z'],
    ['a list of files with MD5 sums', `${'a'.repeat(32)}  plan.dcm\n`],
    ['NUL characters', '\0\0\0'],
  ] as const) {
    it(`is only that it is there, when its text is ${what}`, () => {
      expect(read(text)).to.deep.equal({ kind: 'plain' });
    });
  }

  it('is a manifest when its lines are those of sha256sum, in either mode, with comments and blank lines', () => {
    expect(read(`# by the export\n${A}  plan.dcm\n\n${B} *ct/1.dcm\n${A}\tct/2 b.dcm\n`)).to.deep.equal({
      kind: 'manifest',
      entries: [
        { path: 'plan.dcm', sha256: A },
        { path: 'ct/1.dcm', sha256: B.toLowerCase() },
        { path: 'ct/2 b.dcm', sha256: A },
      ],
      isWhole: true,
    });
  });

  it('may come from Windows: CRLF, backslashes, ./ before the name', () => {
    expect(paths(`${A}  .\\ct\\1.dcm\r\n${A} *./ct//2.dcm\r\n`)).to.deep.equal(['ct/1.dcm', 'ct/2.dcm']);
  });

  it('has names as sha256sum escapes them', () => {
    expect(paths(`\\${A}  odd\\\\name\\nof two lines\n`)).to.deep.equal(['odd\\name\nof two lines']);
  });

  it('has names in one composition of letters', () => {
    expect(paths(`${A}  a\u0308.dcm\n`)).to.deep.equal(['\u00e4.dcm']);
  });

  it('is not whole while its last line is not ended', () => {
    expect(read(`${A}  plan.dcm`)).to.have.property('isWhole', false);
  });

  const nul = `${A}  plan\0.dcm\n`;
  for (const [what, text, why] of [
    ['a path that leads out', `${A}  ct/../../x\n`, 'line 1 leads out of the case folder'],
    ['one that does so in the way of Windows', `${A}  ct\\..\\..\\x\n`, 'line 1 leads out of the case folder'],
    ['an absolute path', `${A}  ok\n${A}  /etc/passwd\n`, 'line 2 has an absolute path'],
    ['a path on another machine', `${A}  \\\\server\\share\\x\n`, 'line 1 has an absolute path'],
    ['a drive letter', `${A}  c:\\x\n`, 'line 1 has an absolute path'],
    ['a folder', `${A}  ct/\n`, 'line 1 names a folder'],
    ['no name', `${A}  ./\n`, 'line 1 names a folder'],
    ['the folder itself', `${A}  .\n`, 'line 1 has no path that could be a file'],
    ['a NUL character', nul, 'line 1 holds a NUL character'],
    ['a line without end', `${A}  ${'x'.repeat(5_000)}\n`, 'line 1 is longer than any path could be'],
    ['bytes that are no UTF-8', `${A}  \uFFFD.dcm\n`, 'line 1 is not written in UTF-8'],
    ['a line of another kind', `${A}  a\nsome text\n`, 'line 2 is not a SHA-256 hash and a path'],
    ['a hash without a path', `${A}\n`, 'line 1 is not a SHA-256 hash and a path'],
    ['the BSD form', `SHA256 (plan.dcm) = ${A}\n`, 'line 1 is not a SHA-256 hash and a path'],
    ['two hashes for one file', `${A}  a\n${B}  ./a\n`, 'line 2 gives another hash for a file listed before'],
  ] as const) {
    it(`cannot be used with ${what}, and says in which line, without its text`, () => {
      expect(read(text)).to.deep.equal({ kind: 'damaged', why });
    });
  }

  it('is decoded from UTF-8 with and without its mark, and from UTF-16 with it', () => {
    expect(decodeMarker(Buffer.from('\uFEFFä'))).to.equal('ä');
    expect(decodeMarker(Buffer.from('ä'))).to.equal('ä');
    expect(decodeMarker(Buffer.from('\uFEFFä', 'utf16le'))).to.equal('ä');
    expect(decodeMarker(Buffer.from('\uFEFFä', 'utf16le').swap16())).to.equal('ä');
    expect(decodeMarker(Buffer.from([0x61, 0xe4]))).to.equal('a\uFFFD');
  });

  it('is damaged when it is too long and begins as a manifest; else it is only there', () => {
    expect(tooLongMarker(`${A}  plan.dcm\n`)).to.deep.equal({ kind: 'damaged', why: 'it is longer than 10 MiB' });
    expect(tooLongMarker('x'.repeat(1000))).to.deep.equal({ kind: 'plain' });
  });
});

describe('Where a ready marker lies', () => {
  it('is in the case folder, beside it with its name, or above it where that is not the inbox', () => {
    const of = (folder: string): readonly string[] => markerPlaces(folder, '_OK').map(({ path }) => path);
    expect(of('case')).to.deep.equal(['case/_OK', 'case_OK', 'case._OK']);
    expect(of('room/case')).to.deep.equal(['room/case/_OK', 'room/case_OK', 'room/case._OK', 'room/_OK']);
  });

  const entries = (...listed: readonly string[]) => listed.map((path) => ({ path, sha256: A }));

  it('makes no difference to a manifest in the case folder', () => {
    expect(entriesFor('c', 'inside', entries('c/1', '2'))).to.deep.equal(entries('c/1', '2'));
  });

  it('lets a manifest beside the folder begin its paths there or within', () => {
    expect(entriesFor('r/c', 'beside', entries('c/1', 'c/2'))).to.deep.equal(entries('1', '2'));
    expect(entriesFor('r/c', 'beside', entries('1', 'c/2'))).to.deep.equal(entries('1', 'c/2'));
  });

  it('lets a manifest above speak for the folders it names', () => {
    expect(entriesFor('r/c', 'above', entries('c/1', 'd/2'))).to.deep.equal(entries('1'));
    expect(entriesFor('r/e', 'above', entries('c/1', 'd/2'))).to.equal(null);
  });
});

describe('A case folder held against its manifest', () => {
  const whole = { listed: 120, missing: [], differing: [], unlisted: [] };

  it('lacks nothing when all is there', () => {
    expect(manifestLacks(whole)).to.equal(null);
    expect(manifestRemarks(whole)).to.deep.equal([]);
  });

  it('says how many files are missing or differ, with one of them', () => {
    const finding = { ...whole, missing: ['ct/12.dcm', 'b', 'c'], differing: ['odd\u001b.dcm'] };
    expect(manifestLacks(finding)).to.equal(
      '3 of 120 files of the manifest are not there yet, e.g. “ct/12.dcm”; ' +
        '1 of 120 files of the manifest is not as it says (or still being copied), e.g. “odd?.dcm”',
    );
  });

  it('remarks on files that are not listed', () => {
    expect(manifestRemarks({ ...whole, unlisted: ['a', 'b'] })).to.deep.equal([
      '2 files are not in the manifest, e.g. “a”',
    ]);
  });

  it('knows a file by its name in another composition, and in another case where only one fits', () => {
    const of = byListedPath(['ct/a\u0308.dcm', 'Plan.dcm', 'x.dcm', 'X.dcm']);
    expect(['ct/\u00e4.dcm', 'plan.DCM', 'x.dcm', 'X.DCM', 'none'].map(of)).to.deep.equal([
      'ct/a\u0308.dcm',
      'Plan.dcm',
      'x.dcm',
      null,
      null,
    ]);
  });
});
