import { operator, type CaseError } from '../domain/errors.js';
import type { Settings } from '../ports/settings.js';

const RESUME = 'bring back what is out of service (mqi gpus), then: mqi resume ID';

/** Fewer GPUs may be used, or are well, than one beam is to get: no waiting brings them. Operator `gpu.too-few`. */
export function tooFewGpus({ gpusPerBeam }: Settings['execution']): CaseError {
  if (gpusPerBeam === 1 || gpusPerBeam === 'all') {
    const message = 'no GPU is to be had: each is out of service or left to others by execution.gpus';
    const remedy = `see whether allow and deny of execution.gpus name the right ones, or ${RESUME}`;
    return operator('gpu.too-few', message, { remedy });
  }
  return operator('gpu.too-few', `no ${String(gpusPerBeam)} GPUs are to be had for one beam`, {
    remedy: `lower execution.gpusPerBeam, allow more GPUs (execution.gpus), or ${RESUME}`,
  });
}
