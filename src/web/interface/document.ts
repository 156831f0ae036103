import { z } from 'zod';
import * as ofCases from './case-answers.js';
import { OPERATIONS, type Operation } from './operations.js';
import * as ofPlaces from './place-answers.js';

/*
 * The HTTP interface in OpenAPI 3.1, `GET /openapi.json`, made of the schemas that routes parse with and of those that
 * answers are held against (operations.ts).
 */

type Json = Readonly<Record<string, unknown>>;

/** Shown once, under these names. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Failure: ofCases.failure,
  Case: ofCases.kase,
  CaseInFull: ofCases.caseInFull,
  Beam: ofCases.beam,
  Attempt: ofCases.attempt,
  Transition: ofCases.transition,
  Receipt: ofCases.receipt,
  Delivery: ofCases.delivery,
  Arrival: ofCases.arrival,
  Cases: ofCases.cases,
  FoundCases: ofCases.search,
  Timeline: ofCases.timeline,
  Deliveries: ofCases.deliveries,
  Gpu: ofPlaces.gpu,
  Gpus: ofPlaces.gpus,
  GpuTrail: ofPlaces.trail,
  Target: ofPlaces.target,
  Targets: ofPlaces.targets,
  Overview: ofPlaces.overview,
  History: ofPlaces.history,
  Session: ofPlaces.session,
  Files: ofPlaces.files,
  Log: ofPlaces.log,
  Dose: ofPlaces.dose,
  Layers: ofPlaces.layers,
  Health: ofPlaces.health,
  Ready: ofPlaces.ready,
  Problem: ofPlaces.problem,
};

const DESCRIPTION = `Cases of proton therapy on their way to RT Dose.

Pages: lists take limit and offset and answer with total, of all that the filter lets through. Their order is complete (the id
decides where all else is equal), so that no case is on two pages of an unchanged list.

ETags: answers to GET carry one. Sent back as If-None-Match, an unchanged answer is 304 without content.

Errors: application/problem+json (RFC 9457) with a stable code and a remedy in words.`;

const refTo = (name: string): string => `#/components/schemas/${name}`;
const nameOf = new Map(Object.entries(NAMED).map(([name, schema]) => [schema, name]));

function schemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { uri: refTo, io: 'input' });
  return Object.fromEntries(Object.entries(made.schemas).map(([name, schema]) => [name, bare(schema)]));
}

/** Without what says only which kind of schema it is, and where it stands. */
function bare({ $schema: _kind, $id: _place, id: _id, ...schema }: Json): Json {
  return schema;
}

const schemaOf = (schema: z.ZodType): Json => bare(z.toJSONSchema(schema, { io: 'input' }));

function content(answer: z.ZodType | string): Json {
  if (answer === '') return {};
  if (typeof answer === 'string') return { content: { [answer]: { schema: {} } } };
  return { content: { 'application/json': { schema: { $ref: refTo(nameOf.get(answer) ?? '') } } } };
}

const refusal: Json = {
  description: 'what is wrong and what to do (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: refTo('Problem') } } },
};

function inPath(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: name === 'beam' ? { type: 'integer', minimum: 0 } : { type: 'string' },
  }));
}

function inQuery(query: z.ZodType | undefined): readonly Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function operation(path: string, { summary, query, body, answer, isOpen = false }: Operation): Json {
  const parameters = [...inPath(path), ...inQuery(query)];
  const status = answer === '' ? '204' : '200';
  return {
    summary,
    ...(isOpen && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: { [status]: { description: summary, ...content(answer) }, default: refusal },
  };
}

function paths(): Readonly<Record<string, Json>> {
  const all: Record<string, Record<string, Json>> = {};
  for (const [name, each] of Object.entries(OPERATIONS)) {
    const [method = '', path = ''] = name.split(' ');
    (all[path] ??= {})[method.toLowerCase()] = operation(path, each);
  }
  return all;
}

export const OPENAPI = {
  openapi: '3.1.0',
  info: { title: 'MQI Communicator', version: '1', description: DESCRIPTION },
  security: [{ token: [] }, { session: [] }],
  paths: paths(),
  components: {
    schemas: schemas(),
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer' },
      session: { type: 'apiKey', in: 'cookie', name: 'mqi_session' },
    },
  },
} as const;
