import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readHeader, scratchBuffer } from '../../../src/adapters/dicom/reading/header-reader.js';
import type { CaseError } from '../../../src/domain/errors.js';
import { diskError } from '../../../src/files/disk-error.js';
import { mayPass } from '../../../src/files/system-code.js';
import { writeWholeFile } from '../../../src/files/whole-file.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

/** As Node throws it. Failing media cannot be had everywhere, so the faults of this file are those of the calls. */
const answer = (code: string): Error => Object.assign(new Error(`${code}: open '/a/path'`), { code, syscall: 'open' });

describe('what the answer of a disk means for a case', () => {
  const FATES = {
    ENOSPC: 'operator disk.full',
    EDQUOT: 'operator disk.full',
    EROFS: 'operator disk.read-only',
    EACCES: 'operator disk.not-writable',
    EIO: 'transient disk.failed',
    EMFILE: 'transient disk.failed',
    ESTALE: 'transient disk.failed',
  };
  for (const [code, fate] of Object.entries(FATES)) {
    it(`${code}: ${fate}, without the path`, () => {
      const error = diskError(answer(code)) as CaseError;
      expect(`${error.severity} ${error.code}`).to.equal(fate);
      expect(`${error.message} ${error.remedy}`).not.to.contain('/a/path');
      expect(error.cause).to.be.instanceOf(Error);
    });
  }

  it('leaves alone what is no answer of the system', () => {
    const abort = new DOMException('stopped', 'AbortError');
    expect(diskError(abort)).to.equal(abort);
  });

  it('tells what may pass from what says something of the file', () => {
    expect(['EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'EAGAIN'].filter((code) => !mayPass(answer(code)))).to.deep.equal([]);
    expect(['ENOENT', 'EACCES', 'ELOOP', 'ENOTDIR'].filter((code) => mayPass(answer(code)))).to.deep.equal([]);
  });
});

describe('a file of a case that cannot be read for an error of the disk (EIO)', () => {
  it('is no reason to judge the case: it is read again later', async function () {
    // The kernel answers EIO here: nothing is mapped at address 0.
    const failing = `/proc/${String(process.pid)}/mem`;
    if (!existsSync(failing)) this.skip();
    const read = readHeader(failing, 'RN.dcm', scratchBuffer(), Infinity);
    expect(await rejection(read)).to.include({ code: 'disk.failed', severity: 'transient' });
  });
});

describe('a file that is written whole', () => {
  const temp = tempFolder();

  it('is there with its content, its folder made', async () => {
    const target = join(temp.path, 'a', 'b', 'file');
    await writeWholeFile(target, [Buffer.from('one '), Buffer.from('two')]);
    expect(readFileSync(target, 'utf8')).to.equal('one two');
    expect(readdirSync(join(temp.path, 'a', 'b'))).to.deep.equal(['file']);
  });

  it('leaves the earlier one and no part of itself when it cannot be finished', async () => {
    const target = join(temp.path, 'file');
    await writeWholeFile(target, 'first');
    const failing = writeWholeFile(target, async (file) => {
      await file.writeFile('sec');
      throw answer('ENOSPC');
    });
    expect(await rejection(failing)).to.have.property('code', 'ENOSPC');
    const refused = writeWholeFile(target, 'second', () => Promise.reject(answer('EIO')));
    expect(await rejection(refused)).to.have.property('code', 'EIO');
    expect(readFileSync(target, 'utf8')).to.equal('first');
    expect(readdirSync(temp.path)).to.deep.equal(['file']);
  });

  it('writes over what a crash left of an earlier one', async () => {
    mkdirSync(join(temp.path, 'd'));
    writeFileSync(join(temp.path, 'd', 'file.part'), 'a longer rest of something');
    await writeWholeFile(join(temp.path, 'd', 'file'), 'new');
    expect(readFileSync(join(temp.path, 'd', 'file'), 'utf8')).to.equal('new');
    expect(readdirSync(join(temp.path, 'd'))).to.deep.equal(['file']);
  });
});
