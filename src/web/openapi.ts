import { CASE_STATES, STEP_NAMES } from '../domain/case-machine.js';
import { TARGET_STATES } from '../domain/target-state.js';
import { ROLES } from '../domain/role.js';
import { CASE_PAGE_PATHS } from './openapi-case-page.js';
import { CASE_SORTS } from '../ports/case-lists.js';

/*
 * The HTTP interface in OpenAPI 3.1, `GET /openapi.json`. A test holds it against the routes that are served and against
 * the views they answer with.
 */

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const maybeText: Schema = { type: ['string', 'null'] };
const number: Schema = { type: 'number' };
const whole: Schema = { type: 'integer' };
const maybeNumber: Schema = { type: ['number', 'null'] };
const maybeWhole: Schema = { type: ['integer', 'null'] };
const time: Schema = { type: 'string', format: 'date-time' };
const maybeTime: Schema = { type: ['string', 'null'], format: 'date-time' };
const percent: Schema = { type: 'number', minimum: 0, maximum: 100 };

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (name: string): Schema => ({ type: 'array', items: ref(name) });
const object = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});
/** Left out where an object was sent under its own UID. */
const withSentUid = (schema: Schema): Schema => ({
  ...schema,
  properties: { ...(schema.properties as object), sentUid: { ...text, description: 'UID at a de-identified target' } },
});
/** Left out where nothing can be said. */
const withEta = (schema: Schema): Schema => ({
  ...schema,
  properties: { ...(schema.properties as object), etaAt: { ...time, description: 'when its dose is expected' } },
});
const error: Schema = { oneOf: [ref('Failure'), { type: 'null' }] };

const caseProperties = {
  id: text,
  inbox: { ...text, description: 'name of the inbox; empty for the first one' },
  folder: { ...text, description: 'relative to the inbox' },
  run: whole,
  state: { enum: CASE_STATES },
  status: { ...text, description: 'words for people' },
  progress: percent,
  priority: whole,
  planLabel: maybeText,
  planSopInstanceUid: maybeText,
  duplicateOf: { ...maybeText, description: 'the id of the earlier case that has the same plan' },
  beamCount: whole,
  beamsDone: whole,
  waitingFor: maybeText,
  attempt: whole,
  nextAttemptAt: maybeTime,
  error,
  createdAt: time,
  updatedAt: time,
  finishedAt: maybeTime,
};

const schemas = {
  Failure: object({ code: text, severity: text, message: text, remedy: text }),
  Case: withEta(object(caseProperties)),
  CaseInFull: withEta(
    object({
      ...caseProperties,
      beams: listOf('Beam'),
      attempts: listOf('Attempt'),
      transitions: listOf('Transition'),
      receipts: listOf('Receipt'),
      deliveries: listOf('Delivery'),
      deliveryReport: { ...maybeText, description: 'planned against delivered by layer, relative to the root' },
      resultsOf: { ...maybeText, description: 'the earlier run whose doses and receipts stand for this run' },
    }),
  ),
  Delivery: object({
    fraction: whole,
    fractionStatus: { enum: ['complete', 'partial', 'pending', 'anomalous'] },
    beamNumber: maybeWhole,
    startedAt: { ...text, description: 'wall clock of the machine, without a zone' },
    folders: { type: 'array', items: text, description: 'relative to the case folder' },
    layersDelivered: maybeWhole,
    layersPlanned: maybeWhole,
    missingLayers: { type: 'array', items: whole },
    positionMeanMm: maybeNumber,
    positionSigmaMm: maybeNumber,
    positionMaxMm: maybeNumber,
    metersetPlanned: maybeNumber,
    metersetDelivered: maybeNumber,
    metersetDifferencePercent: maybeNumber,
    problem: maybeText,
  }),
  Arrival: object({
    inbox: { ...text, description: 'name of the inbox; empty for the first one' },
    folder: { ...text, description: 'relative to the inbox; still being copied' },
    status: { ...text, description: 'words for people' },
    files: whole,
    bytes: whole,
    lastChangeAt: time,
  }),
  Beam: withEta(
    object({
      number: whole,
      name: text,
      state: text,
      progress: percent,
      machine: text,
      gantryAngleDeg: number,
      layers: whole,
      spots: whole,
      meterset: number,
      energyMinMeV: number,
      energyMaxMeV: number,
      gpu: maybeText,
      host: maybeText,
      jobId: maybeText,
      attempt: whole,
      startedAt: maybeTime,
      finishedAt: maybeTime,
      error,
      resultPath: { ...maybeText, description: 'relative to the root' },
    }),
  ),
  Attempt: object({
    step: { enum: STEP_NAMES },
    beamNumber: maybeWhole,
    attempt: whole,
    owner: text,
    outcome: maybeText,
    startedAt: time,
    finishedAt: maybeTime,
    error,
  }),
  Transition: object({ event: text, from: maybeText, to: text, reason: maybeText, actor: text, at: time }),
  Receipt: withSentUid(
    object({
      target: text,
      sopInstanceUid: text,
      status: { enum: ['pending', 'delivered', 'failed'] },
      location: maybeText,
      sha256: text,
      verifiedBy: maybeText,
      attempts: { ...whole, description: 'how often it was sent there, or looked for there' },
      peerSaid: { ...maybeText, description: 'what the target said of it last' },
      at: time,
    }),
  ),
  Target: object({
    name: text,
    kind: text,
    optional: { type: 'boolean' },
    state: { enum: TARGET_STATES },
    waiting: { ...whole, description: 'cases that are still to be delivered there' },
    lastSuccessAt: maybeTime,
    lastFailureAt: maybeTime,
    nextProbeAt: { ...maybeTime, description: 'when it is tried again, while it is down' },
    error,
  }),
  Gpu: object({
    id: text,
    host: text,
    kind: { enum: ['gpu', 'cpu'] },
    name: text,
    uuid: maybeText,
    index: maybeWhole,
    driver: maybeText,
    memoryTotalMiB: maybeNumber,
    memoryUsedMiB: maybeNumber,
    utilisationPercent: maybeNumber,
    temperatureC: maybeNumber,
    clockMHz: maybeNumber,
    eccErrors: { ...maybeWhole, description: 'memory errors that could not be corrected' },
    processes: { type: ['array', 'null'], items: object({ pid: whole, memoryMiB: maybeNumber }) },
    outOfService: { ...maybeText, description: 'why nothing is started on it' },
    occupied: { ...maybeText, description: 'why it is not free though no job of ours holds it' },
    lease: { oneOf: [object({ caseId: text, beamNumber: whole, attempt: whole }), { type: 'null' }] },
    seenAt: time,
    beams: { type: 'array', items: object({ caseId: text, beamNumber: whole, progress: percent }) },
  }),
  Session: object({
    user: { ...maybeText, description: 'null: by the token' },
    role: { enum: ROLES },
    csrf: { ...maybeText, description: 'to be sent as X-CSRF-Token with everything that changes something' },
    auth: { enum: ['token', 'users', 'proxy', 'none'] },
    seesPatient: { type: 'boolean' },
    insecure: { type: 'boolean' },
    version: text,
  }),
  Problem: object({ type: text, title: text, status: whole, detail: text, code: text, remedy: text }),
} as const;

/** `arriving` is left out while nothing arrives. */
const casesAnswer: Schema = {
  type: 'object',
  properties: { cases: listOf('Case'), total: whole, arriving: listOf('Arrival') },
  required: ['cases', 'total'],
};

const json = (schema: Schema): Schema => ({ 'application/json': { schema } });
const problemAnswer: Schema = {
  description: 'what is wrong and what to do (RFC 9457)',
  content: { 'application/problem+json': { schema: ref('Problem') } },
};
const answers = (description: string, content: Schema): Schema => ({
  responses: { 200: { description, content }, default: problemAnswer },
});
const plain = (type: string): Schema => ({ [type]: { schema: text } });
const id: Schema = { name: 'id', in: 'path', required: true, schema: text };
const query = (name: string, schema: Schema): Schema => ({ name, in: 'query', schema });
const open = { security: [] };
const date: Schema = { type: 'string', format: 'date' };
const days = [query('from', date), query('to', date), query('offsetMinutes', { type: 'integer', default: 0 })];

const post = (summary: string, body: Schema): Schema => ({
  post: {
    summary,
    parameters: [id],
    requestBody: { content: json(body) },
    ...answers('the case as it is then', json(ref('Case'))),
  },
});

export const OPENAPI = {
  openapi: '3.1.0',
  info: { title: 'MQI Communicator', version: '1', description: 'Cases of proton therapy on their way to RT Dose.' },
  security: [{ token: [] }, { session: [] }],
  paths: {
    '/api/cases': {
      get: {
        summary: 'cases, newest first unless ordered otherwise',
        parameters: [
          { ...query('state', { type: 'array', items: { enum: CASE_STATES } }), explode: true },
          ...['since', 'before'].map((name) => query(name, time)),
          ...['search', 'machine'].map((name) => query(name, text)),
          ...['held', 'waiting'].map((name) => query(name, { type: 'boolean' })),
          query('sort', { enum: CASE_SORTS, default: 'created' }),
          query('order', { enum: ['asc', 'desc'], default: 'desc' }),
          query('limit', { type: 'integer', minimum: 1, maximum: 10_000, default: 1000 }),
          query('offset', { type: 'integer', minimum: 0, default: 0 }),
        ],
        ...answers('cases', json(casesAnswer)),
      },
    },
    '/api/cases/search': {
      post: {
        summary: 'a page of cases: as GET /api/cases, with what is searched for kept out of the address; at most 500',
        requestBody: { content: json({ type: 'object' }) },
        ...answers('cases, and how far their beams are by case id', json(casesAnswer)),
      },
    },
    '/api/session': {
      get: { ...open, summary: 'who is logged in', ...answers('the session', json(ref('Session'))) },
      post: {
        ...open,
        summary: 'log in, by {"token"} or {"user", "password"}; sets the cookie mqi_session',
        requestBody: { content: json({ type: 'object' }) },
        ...answers('the session', json(ref('Session'))),
      },
      delete: { summary: 'log out', responses: { 204: { description: 'it is over' }, default: problemAnswer } },
    },
    '/api/overview': {
      get: { summary: 'cases counted, inboxes, disk', ...answers('the overview', json({ type: 'object' })) },
    },
    '/api/gpus/trail': {
      get: { summary: 'use of GPUs in the last hour', ...answers('the trail', json({ type: 'object' })) },
    },
    '/api/history': {
      get: { summary: 'what was, day by day', parameters: days, ...answers('the days', json({ type: 'object' })) },
    },
    '/api/history.csv': {
      get: {
        summary: 'one of its tables for a spreadsheet',
        parameters: [...days, query('table', { enum: ['cases', 'steps', 'places', 'failures'] })],
        ...answers('the table', plain('text/csv')),
      },
    },
    '/api/cases/{id}': {
      get: { summary: 'one case in full', parameters: [id], ...answers('the case', json(ref('CaseInFull'))) },
    },
    '/api/cases/{id}/retry': post('clear the failure and go on; finished beams are kept', {
      type: 'object',
      properties: { beam: { type: 'integer', minimum: 0 }, from: { enum: STEP_NAMES } },
    }),
    '/api/cases/{id}/hold': post('start nothing new until it is resumed', object({ reason: text })),
    '/api/cases/{id}/resume': post('let a held case go on', { type: 'object' }),
    '/api/cases/{id}/cancel': post('end the case and its jobs', { type: 'object' }),
    '/api/cases/{id}/deliver': post('deliver again and prove it again, to all targets or one', {
      type: 'object',
      properties: { target: text },
    }),
    '/api/cases/{id}/priority': post(
      'higher goes first',
      object({ priority: { type: 'integer', minimum: -1000, maximum: 1000 } }),
    ),
    ...CASE_PAGE_PATHS,
    '/api/gpus': {
      get: { summary: 'GPUs and slots', ...answers('GPUs', json(object({ gpus: listOf('Gpu') }))) },
    },
    '/api/targets': {
      get: { summary: 'upload targets', ...answers('targets', json(object({ targets: listOf('Target') }))) },
    },
    '/api/events': {
      get: {
        summary: 'server-sent events: hello, change {"cases":[id, ...]}',
        ...answers('events', plain('text/event-stream')),
      },
    },
    '/healthz': { get: { ...open, summary: 'the process lives', ...answers('it does', json({ type: 'object' })) } },
    '/readyz': {
      get: {
        ...open,
        summary: 'whether cases can be taken and finished: database, share, disk, places, targets',
        ...answers('so it is, and how it is watched', json({ type: 'object' })),
      },
    },
    '/metrics': { get: { ...open, summary: 'for Prometheus', ...answers('metrics', plain('text/plain')) } },
    '/openapi.json': { get: { ...open, summary: 'this', ...answers('this', json({ type: 'object' })) } },
  },
  components: {
    schemas,
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer' },
      session: { type: 'apiKey', in: 'cookie', name: 'mqi_session' },
    },
  },
} as const;
