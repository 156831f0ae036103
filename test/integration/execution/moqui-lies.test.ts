import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { MoquiEngine } from '../../../src/adapters/engines/moqui/moqui-engine.js';
import type { JobRequest } from '../../../src/ports/scheduler.js';
import { aMoquiBeam, AMoquiJob, aWaterCt, runMoqui, SMALL_WATER, start, untilEnded } from '../../builders/a-moqui.js';
import { aLayer } from '../../builders/a-pencil-beam-job.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

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

    for (const lie of ['doubled', 'course']) {
      it(`${lie}: nor of dialect log, by the histories that it says it made`, async () => {
        const side = aMoquiBeam({ gantryAngleDeg: 90, isocentreMm: [0, 20, 0] });
        for (const [beam, geometry] of [
          [aMoquiBeam(), SMALL_WATER],
          [side, aWaterCt(place.path)],
        ] as const) {
          const job = new AMoquiJob(join(place.path, geometry.kind), beam, geometry);
          const error = await rejection(runMoqui(job.logEngine({ parameters: { FakeLie: lie } }), job));
          expect(error).to.include({ code: 'engine.bad-dose', severity: 'permanent' });
          expect((error as Error).message).to.contain('times the energy');
        }
      });
    }

    it('a dose beside an exit code that is not 0 is not believed either', async () => {
      const error = await lies('late-crash');
      expect(error).to.include({ code: 'engine.crashed', severity: 'transient' });
      expect(existsSync(join(place.path, 'beam-001', 'attempt-1', 'out', 'BEAM_1_Dose.raw'))).to.equal(true);
    });

    it('a GPU that another process holds is waited for', async () => {
      for (const words of ['busy', 'busy-device']) {
        expect(await lies(words)).to.include({ code: 'gpu.busy', severity: 'transient' });
      }
    });

    it('an abort gives its own words, a crash its signal', async () => {
      const error = await lies('abort');
      expect(error).to.include({ code: 'engine.crashed', severity: 'transient' });
      expect(error.message).to.contain('SIGABRT').and.to.contain('Invalid DICOM file');
    });

    it('what CUDA says of the end is the reason that is given', async () => {
      const error = await lies('memory');
      expect(error).to.include({ code: 'engine.crashed', severity: 'transient' });
      expect(error.message).to.match(/exit code 255.*: CUDA error: \(upload node\) out of memory$/);
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

    const TAMPERED: readonly [string, (job: AMoquiJob) => void, string][] = [
      ['a CT slice that is missing', (job) => { rmSync(inside(job, 'dicom', 'CT.0003.dcm')); }, '9 planes'],
      ['no CT at all', (job) => { withoutCt(job); }, '0 bytes'],
      ['a missing Scorer', (job) => { without(job, 'Scorer'); }, 'no dose file'],
      ['a missing ParticlesPerHistory', (job) => { without(job, 'ParticlesPerHistory'); }, 'it read 1 histories'],
      ['the RBE it takes where none is given, and fractions', (job) => { rewrite(job, 'NumberOfFraction 1', 'NumberOfFraction 5'); }, 'times the energy'],
    ]; // prettier-ignore
    for (const [what, tamper, says] of TAMPERED) {
      it(`${what} gives exit 0, and no dose is believed`, async () => {
        const job = new AMoquiJob(place.path);
        const engine = job.engine();
        const request = await engine.prepare(job.request);
        tamper(job);
        const exit = await untilEnded(await start(request));
        expect(exit).to.deep.equal({ how: 'exited', code: 0 });
        const error = await rejection(engine.judge(job.request, exit));
        expect(error).to.include({ code: 'engine.bad-dose', severity: 'permanent' });
        expect((error as Error).message).to.contain(says);
      });
    }

    it('a CSV with a line break is misread with exit 0 and plausible dose: it says it read fewer spots than were given', async () => {
      const layer = aLayer({ energyMeV: 100, xMm: [0, 6], yMm: [0, 6], meterset: [300, 200], protons: [6e8, 4e8] });
      const job = new AMoquiJob(place.path, aMoquiBeam({ layers: [layer] }));
      const engine = job.logEngine();
      const request = await engine.prepare(job.request);
      const csv = inside(job, 'logs', 'Field001', '001_100.000MeV.csv');
      writeFileSync(csv, readFileSync(csv, 'utf8').replace(/^((?:[^,]+,){3}[^,]+),/, '$1\n'));
      const exit = await untilEnded(await start(request));
      expect(exit).to.deep.equal({ how: 'exited', code: 0 });
      const error = await rejection(engine.judge(job.request, exit));
      expect((error as Error).message).to.contain('it read 1 spots where 2 were given');
    });

    describe('a CSV that it may not write, of which it says nothing and spins for ever', () => {
      /** For root, too: no program that runs can be opened for writing. */
      const withUnwritableCsv = async (): Promise<{ engine: MoquiEngine; job: AMoquiJob; request: JobRequest }> => {
        const job = new AMoquiJob(place.path);
        const engine = job.logEngine();
        const request = await engine.prepare(job.request);
        const [name = ''] = readdirSync(inside(job, 'logs', 'Field001'));
        const csv = inside(job, 'logs', 'Field001', name);
        rmSync(csv);
        symlinkSync(process.execPath, csv);
        return { engine, job, request };
      };

      it('is found by the job before it starts the program', async () => {
        const { engine, job, request } = await withUnwritableCsv();
        const exit = await untilEnded(await start(request));
        const error = await rejection(engine.judge(job.request, exit));
        expect(error).to.include({ code: 'engine.unwritable', severity: 'operator' });
        expect((error as Error).message).to.match(/may not write logs\/Field001\/001_\S+\.csv in its own folder/);
      });

      it('is no invention: the program alone does not end', async () => {
        const { request } = await withUnwritableCsv();
        const fromMs = Date.now();
        const alone = await start({ ...request, argv: request.argv.slice(-2) });
        const last = /^Reading log file information .*001_[^/]+MeV\.csv\.\.$/;
        const said = (): string => readFileSync(join(alone.folder, 'engine.log'), 'utf8');
        await until('it is at that file', () => last.test(said().trimEnd().split('\n').at(-1) ?? ''));
        const lines: string[] = [];
        const timeoutMs = Date.now() - fromMs + 1_000; // which counts from its start
        const ended = untilEnded(alone, { onLine: (line) => lines.push(line) }, { timeoutMs });
        expect(await rejection(ended)).to.include({ code: 'engine.timeout' });
        expect(lines.at(-1)).to.match(last);
      });

      it('and so is an output folder that is none, before hours are calculated for nothing', async () => {
        const job = new AMoquiJob(place.path);
        const engine = job.engine();
        const request = await engine.prepare(job.request);
        rmSync(inside(job, 'out'), { recursive: true });
        const exit = await untilEnded(await start(request));
        expect(exit).to.deep.equal({ how: 'exited', code: 73 });
        expect(await rejection(engine.judge(job.request, exit))).to.include({ code: 'engine.unwritable' });
      });
    });

    it('fewer protons to a history than it was told give more histories than were asked for', async () => {
      const job = new AMoquiJob(place.path);
      const engine = job.engine();
      const request = await engine.prepare(job.request);
      rewrite(job, 'ParticlesPerHistory 1000', 'ParticlesPerHistory 500');
      const exit = await untilEnded(await start(request));
      expect(exit).to.deep.equal({ how: 'exited', code: 0 });
      expect(((await rejection(engine.judge(job.request, exit))) as Error).message).to.contain(
        '2000000 histories where 1000000',
      );
    });

    it('a log folder that is short gives zero dose with exit 0, which is not believed', async () => {
      const job = new AMoquiJob(place.path);
      const engine = job.logEngine();
      const request = await engine.prepare(job.request);
      writeFileSync(inside(job, 'logs', 'Field001', '001_100.000MeV.csv'), '0,1.0,1.0,0');
      const exit = await untilEnded(await start(request));
      expect(exit).to.deep.equal({ how: 'exited', code: 0 });
      expect(await rejection(engine.judge(job.request, exit))).to.include({ code: 'engine.bad-dose' });
    });
  });

  const inside = ({ request }: AMoquiJob, ...names: readonly string[]): string => join(request.folder, ...names);

  function rewrite(job: AMoquiJob, from: string | RegExp, to: string): void {
    const input = inside(job, 'moqui.in');
    writeFileSync(input, readFileSync(input, 'utf8').replace(from, to));
  }

  const without = (job: AMoquiJob, key: string): void => {
    rewrite(job, new RegExp(`^${key} .*\\n`, 'm'), '');
  };

  const withoutCt = (job: AMoquiJob): void => {
    for (const name of readdirSync(inside(job, 'dicom'))) {
      if (name.startsWith('CT.')) rmSync(inside(job, 'dicom', name));
    }
  };
});
