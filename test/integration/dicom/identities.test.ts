import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { DicomIdentities } from '../../../src/adapters/dicom/reading/dicom-identities.js';
import { dicomFile, element, type RawEncoding } from '../../builders/dicom-bytes.js';
import { tempFolder } from '../../temp-folder.js';

const ENCODINGS: readonly RawEncoding[] = ['implicit-little', 'explicit-little', 'explicit-big', 'deflated'];

describe('whom DICOM files are of', () => {
  const folder = tempFolder();
  const identities = new DicomIdentities({ maxFiles: 100 });
  const plan = (encoding: RawEncoding): Buffer =>
    dicomFile(
      [
        element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.8'),
        element('0008,0018', 'UI', '1.2.3'),
        element('0008,0060', 'CS', 'RTPLAN'),
        element('0008,1070', 'PN', 'Op^One\\Op^Two'),
        element('0010,0010', 'PN', 'Family^Given'),
        element('0010,0020', 'LO', 'ID-1'),
        element('0010,0030', 'DA', '19500101'),
        element('300A,0002', 'SH', 'LABEL'),
        // Longer than what is read of a file at first, as the beams of a plan are.
        element('300A,03A2', 'SQ', [
          [element('300A,00C2', 'LO', 'x'.repeat(60))],
          [element('300A,0396', 'OB', Buffer.alloc(200_000))],
        ]),
        element('300E,0008', 'PN', 'Reviewer^Last'),
      ],
      { encoding },
    );

  for (const encoding of ENCODINGS) {
    it(`is read from a plan in ${encoding}, up to who approved it behind the beams`, async () => {
      writeFileSync(join(folder.path, 'plan.dcm'), plan(encoding));
      const found = await identities.ofFile(join(folder.path, 'plan.dcm'));
      expect(found.map(({ kind, text }) => `${kind}: ${text}`).sort()).to.deep.equal([
        'birth date: 19500101',
        'label: LABEL',
        'operator: Op^One',
        'operator: Op^Two',
        'operator: Reviewer^Last',
        'patient ID: ID-1',
        'patient name: Family^Given',
      ]);
    });
  }

  it('is read from every file of a folder, each once; a folder that is away is told from an empty one', async () => {
    mkdirSync(join(folder.path, 'case', 'deep'), { recursive: true });
    for (const name of ['a.dcm', 'deep/b.dcm']) writeFileSync(join(folder.path, 'case', name), plan('explicit-little'));
    writeFileSync(join(folder.path, 'case', 'notes.txt'), 'no DICOM');
    const never = new AbortController().signal;
    expect(await identities.ofFolder(join(folder.path, 'case'), never)).to.have.length(7);
    expect(await identities.ofFolder(join(folder.path, 'nowhere'), never)).to.equal(null);
    expect(await identities.ofFile(join(folder.path, 'nowhere'))).to.deep.equal([]);
  });
});
