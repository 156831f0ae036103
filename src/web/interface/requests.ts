import { z } from 'zod';
import { CASE_STATES, STEP_NAMES } from '../../domain/case-machine.js';
import { CASE_SORTS } from '../../ports/case-lists.js';
import { PLANES_THROUGH } from '../../ports/case-pictures.js';

/*
 * What the HTTP interface takes. Routes parse with these schemas, and the OpenAPI document (document.ts) is made from them:
 * what it says is what is asked for.
 */

/** As many cases as one answer of `GET /api/cases` holds unless more are asked for. */
const DEFAULT_LIMIT = 1000;
const DEFAULT_PAGE = 100;
/** What a page of the list may hold. */
const MOST_ON_A_PAGE = 500;
/** Deep enough for every list that is made for; an index is stepped through that far. */
const DEEPEST = 10_000_000;

const time = z.iso.datetime({ offset: true });
const yes = z.enum(['true', 'false']).transform((text) => text === 'true');
const state = z.enum(CASE_STATES);
const filters = {
  state: z
    .union([state.transform((one) => [one]), z.array(state)])
    .optional()
    .meta({ description: 'one of these; several in a query as state=failed&state=rejected' }),
  since: time.optional().meta({ description: 'came then or later' }),
  before: time.optional().meta({ description: 'came before then' }),
  search: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'in folder, id and plan label; in the id alone for those who do not see patients' }),
  machine: z.string().max(200).optional().meta({ description: 'treatment machine of the plan' }),
  sort: z
    .enum(CASE_SORTS)
    .default('created')
    .meta({ description: 'by folder only for those who see patients, others get created' }),
  order: z.enum(['asc', 'desc']).default('desc'),
};
const held = { description: 'waits for a person' };
const waiting = { description: 'waits for files, a target or to try again' };

export const listQuery = z.strictObject({
  ...filters,
  held: yes.optional().meta(held),
  waiting: yes.optional().meta(waiting),
  limit: z.coerce.number().int().min(1).max(10_000).default(DEFAULT_LIMIT),
  offset: z.coerce.number().int().min(0).max(DEEPEST).default(0),
});
export const searchBody = z.strictObject({
  ...filters,
  held: z.boolean().optional().meta(held),
  waiting: z.boolean().optional().meta(waiting),
  limit: z.int().min(1).max(MOST_ON_A_PAGE).default(DEFAULT_PAGE),
  offset: z.int().min(0).max(DEEPEST).default(0),
});

export const retryBody = z.strictObject({ beam: z.int().min(0).optional(), from: z.enum(STEP_NAMES).optional() });
export const holdBody = z.strictObject({ reason: z.string().trim().min(1).max(500) });
export const emptyBody = z.strictObject({});
export const deliverBody = z.strictObject({ target: z.string().min(1).max(200).optional() });
export const priorityBody = z.strictObject({ priority: z.int().min(-1000).max(1000) });

export const loginBody = z.union([
  z.strictObject({ token: z.string().min(1).max(200) }),
  z.strictObject({ user: z.string().min(1).max(200), password: z.string().min(1).max(2000) }),
]);

const beam = z.coerce.number().int().min(0).max(999_999);
export const beamParams = z.object({ id: z.string(), beam });
export const noQuery = z.strictObject({});
export const doseQuery = z.strictObject({
  of: z.enum(['beam', 'plan']).default('beam'),
  through: z.enum(PLANES_THROUGH).default('isocentre'),
});
export const logQuery = z.strictObject({
  from: z.string().max(40).optional().meta({ description: 'next of the answer before; left out: the last lines' }),
  source: z.enum(['case', 'engine', 'interpreter']).default('case'),
  beam: beam.optional(),
  attempt: z.coerce.number().int().min(1).max(999_999).optional(),
});

const DAY_MS = 86_400_000;
const MOST_DAYS = 400;
const span = {
  from: z.iso.date(),
  to: z.iso.date().meta({ description: `the last day; at most ${String(MOST_DAYS)} days` }),
  offsetMinutes: z.coerce
    .number()
    .int()
    .min(-24 * 60)
    .max(24 * 60)
    .default(0)
    .meta({ description: 'minutes that UTC is ahead of local time, as of Date.getTimezoneOffset' }),
};
const isSpan = ({ from, to }: { readonly from: string; readonly to: string }): boolean => {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  return days >= 0 && days < MOST_DAYS;
};
const wrong = { message: `from must not be after to, and no more than ${String(MOST_DAYS)} days may lie between` };

export const historyQuery = z.strictObject(span).refine(isSpan, wrong);
export const csvQuery = z
  .strictObject({ ...span, table: z.enum(['cases', 'steps', 'places', 'failures']) })
  .refine(isSpan, wrong);
