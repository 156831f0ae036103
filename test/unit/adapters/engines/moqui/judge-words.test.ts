import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { judgeWords, wordsIn } from '../../../../../src/adapters/engines/moqui/judge-words.js';
import { moquiReply } from '../../../../../src/adapters/engines/moqui/moqui-task.js';
import { EngineDicomWriter } from '../../../../../src/adapters/dicom/writing/engine/engine-dicom-writer.js';
import type { CaseError } from '../../../../../src/domain/errors.js';
import { tempFolder } from '../../../../temp-folder.js';

describe('moqui: what it said before it died', () => {
  const place = tempFolder();
  const judged = async (code: number, ...lines: readonly string[]): Promise<CaseError | null> => {
    writeFileSync(join(place.path, 'engine.log'), lines.map((line) => `${line}\n`).join(''));
    return judgeWords(await wordsIn(place.path), { how: 'exited', code });
  };

  const TOLD: readonly [string, number, string, string][] = [
    [
      'an assertion, by its place in the source',
      134,
      "tps_env: ../moqui/base/mqi_treatment_session.hpp:95: mqi::treatment_session<R>::treatment_session(std::string): Assertion `bn.size() > 0' failed.",
      "mqi_treatment_session.hpp:95: Assertion `bn.size() > 0' failed",
    ],
    [
      'an assertion on the GPU, whichever thread it was',
      255,
      '/opt/moqui/base/mqi_grid3d.hpp:485: void mqi::transport(int): block: [12,0,0], thread: [3,0,0] Assertion `vox1.x < p.x` failed.',
      'mqi_grid3d.hpp:485: Assertion `vox1.x < p.x` failed',
    ],
    ['an exception', 134, '  what():  Unknown calibration method. annony', 'Unknown calibration method. annony'],
    ['a proton that goes nowhere', 1, 'There is nan in track direction', 'There is nan in track direction'],
    [
      'numbers that are none',
      255,
      'rho mass 0.000000 mfp inf prob 0.100000 cs_sum 0.000000 nan 1.000000 100.000000',
      'cs_sum 0.000000 nan',
    ],
    ['memory in disorder', 134, 'double free or corruption (out)', 'double free or corruption (out)'],
  ];
  for (const [what, code, line, says] of TOLD) {
    it(`${what} is the reason that is given, and it would come again`, async () => {
      const error = await judged(code, 'Generating particles...', line, 'Aborted');
      expect(error).to.include({ code: 'engine.crashed', severity: 'transient', repeats: true });
      expect(error?.message)
        .to.match(/exit code \d+/)
        .and.to.contain(says);
    });
  }

  it('a crash without words would come again; memory and CUDA may be better the next time', async () => {
    expect(await judged(139, 'histories 10')).to.include({ code: 'engine.crashed', repeats: true });
    for (const [code, line] of [
      [255, 'CUDA error: (upload node) out of memory'],
      [134, '  what():  std::bad_alloc'],
      [134, '  what():  CUDA free failed: cudaErrorLaunchFailure'],
      [1, 'histories 10'],
      [137, 'histories 10'],
    ] as const) {
      expect(await judged(code, line), line).to.include({ code: 'engine.crashed', repeats: false });
    }
  });

  it('what would come again comes out of the thread as that', async () => {
    writeFileSync(join(place.path, 'engine.log'), '  what():  There is no RTPLAN in the path. Exiting.\n');
    const request = { folder: place.path, beamInputPath: '', geometryPath: '', beamNumber: 1, gpuUuids: [] };
    const reply = await moquiReply(new EngineDicomWriter(), { do: 'judge', request, exit: { how: 'exited', code: 134 } }); // prettier-ignore
    expect(reply).to.include({ repeats: true }).and.to.have.nested.property('failure.code', 'engine.crashed');
  });
});
