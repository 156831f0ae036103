import { PLANES_THROUGH } from '../ports/case-pictures.js';

type Schema = Readonly<Record<string, unknown>>;

const parameter = (name: string, place: 'path' | 'query', schema: Schema): Schema => ({
  name,
  in: place,
  required: place === 'path',
  schema,
});
const whole = { type: 'integer', minimum: 0 };
const id = parameter('id', 'path', { type: 'string' });
const beam = parameter('beam', 'path', whole);
const reading = (summary: string, parameters: readonly Schema[], type = 'application/json'): Schema => ({
  get: {
    summary,
    parameters: [id, ...parameters],
    responses: {
      200: { description: summary, content: { [type]: { schema: { type: 'object' } } } },
      default: {
        description: 'what is wrong and what to do (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  },
});

/** Routes of the page of a case. */
export const CASE_PAGE_PATHS = {
  '/api/cases/{id}/timeline': reading('attempts of steps and beams with times, outcome and errors; orders', []),
  '/api/cases/{id}/deliveries': reading('planned against delivered, layer by layer', []),
  '/api/cases/{id}/beams/{beam}/layers': reading('energy layers with their spots, as the engine gets them', [beam]),
  '/api/cases/{id}/beams/{beam}/dose': reading('dose along the beam and in three planes, over the CT', [
    beam,
    parameter('of', 'query', { enum: ['beam', 'plan'], default: 'beam' }),
    parameter('through', 'query', { enum: PLANES_THROUGH, default: 'isocentre' }),
  ]),
  '/api/cases/{id}/log': reading('lines of a log after a place: {"lines", "next", "more"}', [
    parameter('from', 'query', { type: 'string', description: 'next of the answer before; left out: the last lines' }),
    parameter('source', 'query', { enum: ['case', 'engine', 'interpreter'], default: 'case' }),
    parameter('beam', 'query', whole),
    parameter('attempt', 'query', { type: 'integer', minimum: 1 }),
  ]),
  '/api/cases/{id}/files': reading('files to download: RT Dose, inputs, reports, logs', []),
  '/api/cases/{id}/files/{file}': reading(
    'a file by its id, whole or a part (Range)',
    [parameter('file', 'path', { type: 'string' })],
    'application/octet-stream',
  ),
} as const;
