import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendProblem } from '../problem.js';
import type { WebPorts } from '../web-ports.js';
import { withoutPatient } from '../without-patient.js';
import { forbidden, type Admission } from './admission.js';
import type { Principal } from './principal.js';

/**
 * Everything about cases is for those only who are let in, and may do what they ask. What names a patient is taken out of
 * every answer for those who do not see patients, and what a route says of itself (RouteAccess) is seen to.
 */
export function letIn(
  api: FastifyInstance,
  admission: Pick<Admission, 'admit'>,
  ports: Pick<WebPorts, 'audit' | 'queries'>,
): void {
  api.decorateRequest('principal', null);
  api.addHook('onRequest', async (request, reply) => {
    const found = await admission.admit(request);
    if ('refusal' in found) return sendProblem(reply, found.refusal);
    const refusal = forbidden(found.principal, request);
    if (refusal !== null) return sendProblem(reply, refusal);
    request.principal = found.principal;
    await writeDown(request, found.principal, ports);
    return undefined;
  });
  api.addHook('preSerialization', (request, _reply, payload, done) => {
    done(null, request.principal?.seesPatients === true ? payload : withoutPatient(payload));
  });
}

/** Before it is answered; a case that is not there is named by nothing. */
async function writeDown(
  { routeOptions, params }: FastifyRequest,
  { actor }: Principal,
  { audit, queries }: Pick<WebPorts, 'audit' | 'queries'>,
): Promise<void> {
  const action = routeOptions.config.access?.audited;
  if (action === undefined) return;
  const { id = '' } = params as { readonly id?: string };
  const caseId = (await queries.record(id))?.kase.id ?? null;
  await audit.append({ action, actor, caseId, result: 'done', detail: {} });
}
