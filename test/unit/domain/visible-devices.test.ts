import { expect } from 'chai';
import { amdName, visibleDevices } from '../../../src/domain/visible-devices.js';

describe('what a job sees of the GPUs', () => {
  it('is those it was given, by UUID, on NVIDIA', () => {
    expect(visibleDevices(['GPU-67a571b1-79ee-1016-8ea3-c1fff3f1c1d2', 'GPU-b'])).to.deep.equal({
      CUDA_VISIBLE_DEVICES: 'GPU-67a571b1-79ee-1016-8ea3-c1fff3f1c1d2,GPU-b',
    });
  });

  it('is those it was given on AMD, by unique id or else by number, counted anew by HIP', () => {
    const ids = [amdName('0x5E0CAB12', 0), amdName(null, 3)];
    expect(visibleDevices(ids)).to.deep.equal({
      ROCR_VISIBLE_DEVICES: 'GPU-000000005e0cab12,3',
      HIP_VISIBLE_DEVICES: '0,1',
    });
  });

  it('is none for a job on a CPU place', () => {
    const none = { CUDA_VISIBLE_DEVICES: '', ROCR_VISIBLE_DEVICES: '', HIP_VISIBLE_DEVICES: '' };
    expect(visibleDevices([])).to.deep.equal(none);
  });
});
