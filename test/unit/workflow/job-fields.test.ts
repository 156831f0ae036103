import { expect } from 'chai';
import { allowedFields } from '../../../src/adapters/logging/allowed-fields.js';
import { jobFields } from '../../../src/workflow/job-fields.js';
import { aJob } from '../../builders/a-job.js';

describe('a job in the log', () => {
  it('is called by its process, and in Slurm by its number there, which is nobody’s pid', () => {
    const direct = aJob({ scheduler: 'direct', host: 'far', id: '4711' });
    expect(allowedFields(jobFields(direct))).to.deep.equal({ host: 'far', pid: 4711 });
    const slurm = aJob({ scheduler: 'slurm', host: 'far', id: '12' });
    expect(allowedFields(jobFields(slurm))).to.deep.equal({ host: 'far', slurmJob: 12 });
  });
});
