import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { AMoquiJob, runMoqui, start, untilEnded } from '../../builders/a-moqui.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

describe('moqui', () => {
  const place = tempFolder();

  describe('its known lies', () => {
    const lies = async (lie: string): Promise<Error & { readonly code: string; readonly severity: string }> => {
      const job = new AMoquiJob(place.path);
      return (await rejection(runMoqui(job.engine({ parameters: { FakeLie: lie } }), job))) as Awaited<
        ReturnType<typeof lies>
      >;
    };
    const BAD: readonly [string, string, string][] = [
      ['no-file', 'exit 0 without a dose file', 'no dose file'],
      ['unwritable', 'an output folder it cannot write to', 'no dose file'],
      ['empty', 'a dose file of 0 bytes', '0 bytes'],
      ['planes', 'a plane fewer than the CT has', '9 planes'],
      ['truncated', 'a dose file cut off by a full disk', 'bytes where'],
      ['nan', 'values that are no numbers', 'not finite'],
      ['infinite', 'values that are infinite', 'not finite'],
      ['negative', 'negative dose', 'negative'],
      ['zero', 'no dose anywhere', 'zero everywhere'],
      ['doubled', 'dose doubled by a scorer list', 'times the energy'],
      ['course', 'dose of the whole course', 'times the energy'],
      ['two-files', 'two results', '2 result files'],
      ['out-of-bound', 'energies beyond its table', 'out-of-bound'],
      ['pixels', 'a corrupt CT slice', 'Incomplete Pixel Data'],
    ];
    for (const [lie, what, says] of BAD) {
      it(`${what}: no dose is believed`, async () => {
        const error = await lies(lie);
        expect(error).to.include({ code: 'engine.bad-dose', severity: 'permanent' });
        expect(error.message).to.contain(says);
      });
    }

    it('a GPU that another process holds is waited for', async () => {
      expect(await lies('busy')).to.include({ code: 'gpu.busy', severity: 'transient' });
    });

    it('an abort gives its own words, a crash its signal', async () => {
      const error = await lies('abort');
      expect(error).to.include({ code: 'engine.crashed', severity: 'transient' });
      expect(error.message).to.contain('SIGABRT').and.to.contain('Invalid DICOM file');
    });

    it('a segmentation fault is a crash', async () => {
      expect((await lies('segfault')).message).to.contain('SIGSEGV');
    });

    it('FATAL ERROR with exit 0 is a crash too', async () => {
      expect(await lies('fatal')).to.include({ code: 'engine.crashed', severity: 'transient' });
    });

    it('the input file is read as the program does: a comment in a path, a wrong number, an unknown key', async () => {
      const job = new AMoquiJob(place.path);
      const engine = job.engine();
      const request = await engine.prepare(job.request);
      const input = join(job.request.folder, 'moqui.in');
      writeFileSync(
        input,
        readFileSync(input, 'utf8').replace('Scorer Dose', 'Scorer #Dose').replace('GPUID 0', 'GPUID x'),
      );
      const started = await start(request);
      const exit = await untilEnded(started);
      expect(exit).to.deep.equal({ how: 'exited', code: 0 });
      expect(existsSync(join(job.request.folder, 'out', 'BEAM_1_Dose.raw'))).to.equal(false);
      expect(await rejection(engine.judge(job.request, exit))).to.include({ code: 'engine.bad-dose' });
    });
  });
});
