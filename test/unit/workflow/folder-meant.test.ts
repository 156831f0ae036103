import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { folderMeant } from '../../../src/workflow/folder-meant.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe('the folder that mqi submit means', () => {
  const temp = tempFolder();
  const inboxes = (): ReadonlyMap<string, string> =>
    new Map([
      ['', join(temp.path, 'inbox')],
      ['research', join(temp.path, 'research')],
    ]);
  const make = (...folders: readonly string[]): void => {
    for (const folder of folders) mkdirSync(join(temp.path, folder), { recursive: true });
  };

  it('is found in the inbox that an absolute path lies in', async () => {
    const wanted = { inbox: 'research', folder: 'G1/head' };
    expect(await folderMeant(inboxes(), join(temp.path, 'research/G1/head'))).to.deep.equal(wanted);
  });

  it('is found in whichever inbox has a folder of that name', async () => {
    make('inbox/head', 'research/lung');
    expect(await folderMeant(inboxes(), 'lung')).to.deep.equal({ inbox: 'research', folder: 'lung' });
    expect(await folderMeant(inboxes(), 'head')).to.deep.equal({ inbox: '', folder: 'head' });
  });

  it('is asked for by its full path where several inboxes have one of that name', async () => {
    make('inbox/head', 'research/head');
    const refusal = await rejection(folderMeant(inboxes(), 'head'));
    expect(refusal).to.include({ code: 'usage.ambiguous', remedy: 'name it by its full path' });
  });

  it('is refused outside of them all, and left to be missed in the first one where none has it', async () => {
    expect(await rejection(folderMeant(inboxes(), '/etc'))).to.include({ code: 'intake.outside-inbox' });
    expect(await rejection(folderMeant(inboxes(), '../elsewhere'))).to.include({ code: 'intake.outside-inbox' });
    expect(await folderMeant(inboxes(), 'nowhere')).to.deep.equal({ inbox: '', folder: 'nowhere' });
  });
});
