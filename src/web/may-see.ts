import type { FastifyRequest } from 'fastify';
import type { Problem } from './problem.js';

/**
 * What of a case is asked for: figures, pictures and the case's own log, which carry no patient's identity; or files and the
 * output of programs that are not ours, which may.
 */
export type Wanted = 'figures' | 'patient-files';

/** Null where whoever asks may have it; else the answer to give. The only place that the case page asks about roles. */
export type MaySee = (request: FastifyRequest, wanted: Wanted) => Problem | null;
