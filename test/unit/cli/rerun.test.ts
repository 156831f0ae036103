import { expect } from 'chai';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Folders } from '../../../src/domain/folders.js';
import type { InputHash } from '../../../src/domain/input-file.js';
import type { RunBasis } from '../../../src/domain/run-record.js';
import { Inboxes } from '../../../src/ports/inboxes.js';
import { RunBasisSource } from '../../../src/ports/run-basis-source.js';
import { WorkFolders } from '../../../src/ports/work-folders.js';
import { aCase } from '../../builders/a-case.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { tempFolder } from '../../temp-folder.js';

const BASIS: RunBasis = {
  service: '0.1.0',
  node: 'v20',
  engine: {
    kind: 'moqui',
    parameters: { moqui: { histories: 1000, parameters: { RandomSeed: 7 } } },
    programSha256: 'aa',
  },
  interpretation: { parameters: {}, programSha256: null },
  geometry: {},
  machines: [],
  beamModels: { generic: 'cc' },
};

describe('mqi rerun', () => {
  const temp = tempFolder();
  const kase = aCase({ id: 'abc1', state: 'completed', fingerprint: 'f1' });
  let now: RunBasis;
  let fingerprint: string;
  let dropped: readonly InputHash[] | null;
  let line: ACommandLine;
  beforeEach(() => {
    now = BASIS;
    fingerprint = 'f1';
    dropped = null;
    const folders = new Folders(temp.path, join(temp.path, 'inbox'));
    const inboxes = { look: () => Promise.resolve({ fingerprint }) } as unknown as Inboxes;
    line = new ACommandLine()
      .with(WorkFolders, folders)
      .with(Inboxes, inboxes)
      .with(RunBasisSource, { basis: () => Promise.resolve(now), inputs: () => Promise.resolve(dropped) });
    line.tables.cases.set('abc1', kase);
    mkdirSync(folders.work(kase), { recursive: true });
    recorded([BASIS]);
  });
  const recorded = (bases: readonly RunBasis[], its: readonly InputHash[] | null = null): void => {
    const record = { format: 'mqi-record/1', bases, dropped: its };
    writeFileSync(join(temp.path, 'work', 'abc1', String(kase.run), 'record.json'), JSON.stringify(record));
  };
  const asked = (): unknown => line.control.asked;

  it('starts a further run when everything its doses depend on is what it was', async () => {
    expect((await line.type('rerun', 'abc1', '--as-before')).exit).to.equal(0);
    expect(JSON.stringify(asked())).to.match(/retry.*abc1.*validate/);
  });

  it('refuses and lists what has changed: parameters, seed, program, beam model, versions and dropped files', async () => {
    now = {
      ...BASIS,
      service: '0.2.0',
      engine: {
        kind: 'moqui',
        parameters: { moqui: { histories: 2000, parameters: { RandomSeed: 8 } } },
        programSha256: 'bb',
      },
      beamModels: { generic: 'dd' },
    };
    fingerprint = 'f2';
    const { exit, err } = await line.type('rerun', 'abc1', '--as-before');
    expect(exit).to.equal(4);
    for (const said of [
      'files of the dropped folder have changed',
      'the version of the service: "0.1.0" then, "0.2.0" now',
      'engine.parameters.moqui.histories: 1000 then, 2000 now',
      'engine.parameters.moqui.parameters.RandomSeed: 7 then, 8 now',
      'engine.programSha256: "aa" then, "bb" now',
      'beam models.generic: "cc" then, "dd" now',
    ]) {
      expect(err).to.contain(said);
    }
    expect(JSON.stringify(asked())).not.to.match(/retry/);
    expect((await line.type('rerun', 'abc1')).exit, 'without --as-before').to.equal(0);
  });

  it('knows dropped files by their content: copied anew they are the same, and what has changed is named by number', async () => {
    const slice = (number: number, sha256: string): InputHash => ({ role: 'ct', number, bytes: 9, sha256 });
    recorded([BASIS], [slice(1, 'aa'), slice(2, 'bb')]);
    fingerprint = 'other dates';
    dropped = [slice(1, 'aa'), slice(2, 'cc')];
    const { exit, err } = await line.type('rerun', 'abc1', '--as-before');
    expect(exit).to.equal(4);
    expect(err).to.contain('not everything is as it was: input: CT slices no. 2 of 2');
    dropped = [slice(1, 'aa'), slice(2, 'bb')];
    expect((await line.type('rerun', 'abc1', '--as-before')).exit).to.equal(0);
  });

  it('refuses a run whose settings were changed while it ran, and one without record', async () => {
    recorded([BASIS, BASIS]);
    expect((await line.type('rerun', 'abc1', '--as-before')).err).to.contain('changed while it was calculated');
    recorded([]);
    expect((await line.type('rerun', 'abc1', '--as-before')).err).to.contain(
      'does not say what it was calculated with',
    );
    line.tables.cases.set('abc1', { ...kase, run: 9 });
    expect((await line.type('rerun', 'abc1', '--as-before')).err).to.contain('it has no record');
    line.tables.cases.set('abc1', { ...kase, state: 'failed' });
    expect((await line.type('rerun', 'abc1')).exit).to.equal(4);
  });
});
