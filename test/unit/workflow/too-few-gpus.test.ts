import { expect } from 'chai';
import { SettingsSchema } from '../../../src/config/settings.js';
import { tooFewGpus } from '../../../src/workflow/too-few-gpus.js';

describe('a beam for which there will never be enough GPUs', () => {
  const said = (gpusPerBeam: number | 'all'): string => {
    const { message, remedy } = tooFewGpus(SettingsSchema.parse({ execution: { gpusPerBeam } }).execution);
    return `${message}; ${remedy}`;
  };

  it('is told what to do by how many it is to get: of one, gpusPerBeam cannot be lowered', () => {
    for (const wanted of [1, 'all'] as const) {
      expect(said(wanted))
        .to.match(/^no GPU is to be had.*allow and deny/)
        .and.not.to.contain('gpusPerBeam');
    }
    expect(said(3)).to.match(/^no 3 GPUs.*lower execution.gpusPerBeam/);
  });
});
