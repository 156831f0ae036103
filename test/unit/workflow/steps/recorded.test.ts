import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Case } from '../../../../src/domain/case.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { RunBasis } from '../../../../src/domain/run-record.js';
import type { Step, StepContext } from '../../../../src/ports/step.js';
import { RecordedStep } from '../../../../src/workflow/steps/recorded.js';
import { aCase } from '../../../builders/a-case.js';
import { aRunRecorder } from '../../../builders/a-run-recorder.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { tempFolder } from '../../../temp-folder.js';

describe('a calculation whose begin is written down', () => {
  const temp = tempFolder();
  const kase = aCase({ id: 'c1', state: 'interpreted' });
  const path = (): string => join(new Folders(temp.path, 'inbox').work(kase), 'basis.json');
  const bases = (): readonly RunBasis[] => JSON.parse(readFileSync(path(), 'utf8')) as RunBasis[];
  const run = (work: (context: StepContext) => Promise<void>, of: Case = kase, version = '1.0.0'): Promise<unknown> => {
    const inner: Step = {
      name: 'simulate',
      run: async (_kase, context) => {
        await work(context);
        return { do: 'advance' };
      },
    };
    const recorder = aRunRecorder(temp.path, { softwareVersion: version });
    const context = { signal: new AbortController().signal, log: new FakeLogger(), held: () => false };
    return new RecordedStep(inner, recorder).run(of, context);
  };

  const versions = (): readonly string[] => bases().map(({ service }) => service);

  it('has its settings on the disk before its first job is started', async () => {
    await run(async ({ begins }) => {
      await begins?.(false);
      expect(versions()).to.deep.equal(['1.0.0']);
    });
  });

  it('has them there before it gets its place, where none waits before it, and then does not write them again', async () => {
    await run(({ isNext }) => Promise.resolve(isNext?.()));
    const { ino } = statSync(path());
    await run(({ begins }) => begins?.(false) ?? Promise.resolve());
    expect(statSync(path()).ino).to.equal(ino);
    expect(versions()).to.deep.equal(['1.0.0']);
  });

  it('was begun with the settings of its first job, not with those there were while it waited', async () => {
    await run(({ isNext }) => Promise.resolve(isNext?.()));
    await run(({ begins }) => begins?.(false) ?? Promise.resolve(), kase, '1.1.0');
    expect(versions()).to.deep.equal(['1.1.0']);
  });

  it('keeps what its first jobs were begun with when it is next for a place for another', async () => {
    await run(({ begins }) => begins?.(false) ?? Promise.resolve());
    const next = async ({ begins, isNext }: StepContext): Promise<void> => {
      await begins?.(true);
      isNext?.();
    };
    await run(next, kase, '1.1.0');
    expect(versions()).to.deep.equal(['1.0.0', '1.1.0']);
  });

  it('notes nothing while the case waits behind others for a place', async () => {
    await run(() => Promise.resolve());
    expect(bases).to.throw('ENOENT');
  });

  it('notes one begin for all beams that begin together, and another where the settings have changed since', async () => {
    let again = false;
    const twoBeams = async ({ begins }: StepContext): Promise<void> => {
      await Promise.all([begins?.(again), begins?.(again)]);
    };
    await run(twoBeams);
    again = true;
    await run(twoBeams);
    await run(twoBeams, kase, '1.1.0');
    expect(versions()).to.deep.equal(['1.0.0', '1.1.0']);
  });

  it('notes nothing for a run whose doses are those of another', async () => {
    await run(({ begins }) => begins?.(false) ?? Promise.resolve(), aCase({ ...kase, resultsOf: 'c0' }));
    expect(bases).to.throw('ENOENT');
  });
});
