import type { z } from 'zod';
import * as ofCases from './case-answers.js';
import * as ofPlaces from './place-answers.js';
import {
  csvQuery,
  deliverBody,
  doseQuery,
  emptyBody,
  historyQuery,
  holdBody,
  listQuery,
  loginBody,
  logQuery,
  priorityBody,
  retryBody,
  searchBody,
} from './requests.js';

/** One thing that can be asked for. */
export interface Operation {
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** A schema: JSON in that shape. Else the media type. */
  readonly answer: z.ZodType | string;
  /** Nobody has to be logged in. */
  readonly isOpen?: boolean;
}
type Operations = Readonly<Record<string, Operation>>;

const order = (summary: string, body: z.ZodType): Operation => ({ summary, body, answer: ofCases.kase });

/** Everything that is served, by `METHOD path`. */
export const OPERATIONS: Operations = {
  'GET /api/cases': {
    summary: 'cases, newest first unless ordered otherwise',
    query: listQuery,
    answer: ofCases.cases,
  },
  'POST /api/cases/search': {
    summary: 'as GET /api/cases, with what is searched for kept out of the address',
    body: searchBody,
    answer: ofCases.search,
  },
  'GET /api/session': { summary: 'who is logged in', answer: ofPlaces.session, isOpen: true },
  'POST /api/session': {
    summary: 'log in; sets the cookie mqi_session',
    body: loginBody,
    answer: ofPlaces.session,
    isOpen: true,
  },
  'DELETE /api/session': { summary: 'log out', answer: '' },
  'GET /api/overview': { summary: 'cases counted, inboxes, disk', answer: ofPlaces.overview },
  'GET /api/gpus': { summary: 'GPUs and slots', answer: ofPlaces.gpus },
  'GET /api/gpus/trail': { summary: 'use of GPUs in the last hour', answer: ofPlaces.trail },
  'GET /api/targets': { summary: 'upload targets', answer: ofPlaces.targets },
  'GET /api/history': { summary: 'what was, day by day', query: historyQuery, answer: ofPlaces.history },
  'GET /api/history.csv': { summary: 'one of its tables for a spreadsheet', query: csvQuery, answer: 'text/csv' },
  'GET /api/cases/{id}': { summary: 'one case in full', answer: ofCases.caseInFull },
  'POST /api/cases/{id}/retry': order('clear the failure and go on; finished beams are kept', retryBody),
  'POST /api/cases/{id}/hold': order('start nothing new until it is resumed', holdBody),
  'POST /api/cases/{id}/resume': order('let a held case go on', emptyBody),
  'POST /api/cases/{id}/cancel': order('end the case and its jobs', emptyBody),
  'POST /api/cases/{id}/deliver': order('deliver again and prove it again, to all targets or one', deliverBody),
  'POST /api/cases/{id}/priority': order('higher goes first', priorityBody),
  'GET /api/cases/{id}/timeline': {
    summary: 'attempts of steps and beams with times, outcome and errors; orders',
    answer: ofCases.timeline,
  },
  'GET /api/cases/{id}/deliveries': {
    summary: 'planned against delivered, layer by layer',
    answer: ofCases.deliveries,
  },
  'GET /api/cases/{id}/beams/{beam}/layers': {
    summary: 'energy layers with their spots, as the engine gets them',
    answer: ofPlaces.layers,
  },
  'GET /api/cases/{id}/beams/{beam}/dose': {
    summary: 'dose along the beam and in three planes, over the CT',
    query: doseQuery,
    answer: ofPlaces.dose,
  },
  'GET /api/cases/{id}/log': { summary: 'lines of a log after a place', query: logQuery, answer: ofPlaces.log },
  'GET /api/cases/{id}/files': { summary: 'files to download: dose, inputs, reports, logs', answer: ofPlaces.files },
  'GET /api/cases/{id}/files/{file}': {
    summary: 'a file by its id, whole or a part (Range: 206); its media type is told in the list',
    answer: '*/*',
  },
  'GET /api/events': {
    summary: 'server-sent events: hello, change {"cases":[id, ...]}',
    answer: 'text/event-stream',
  },
  'GET /healthz': { summary: 'the process lives', answer: ofPlaces.health, isOpen: true },
  'GET /readyz': {
    summary:
      'whether cases can be taken and finished: database, share, disk, places, targets; else 503 with the reasons',
    answer: ofPlaces.ready,
    isOpen: true,
  },
  'GET /metrics': { summary: 'for Prometheus', answer: 'text/plain', isOpen: true },
  'GET /openapi.json': { summary: 'this', answer: 'application/json', isOpen: true },
};
