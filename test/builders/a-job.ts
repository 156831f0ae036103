import type { JobHandle } from '../../src/domain/beam.js';

/** A job of the direct scheduler on the local host. */
export function aJob(change: Partial<JobHandle> = {}): JobHandle {
  return {
    scheduler: 'direct',
    host: 'local',
    folder: '/nowhere/work/c1/1/beam-001/attempt-1',
    id: '4242',
    processStartTicks: '123456',
    bootId: '00000000-0000-4000-8000-000000000001',
    ...change,
  };
}
