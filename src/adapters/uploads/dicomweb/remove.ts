import type { DoseObject } from '../dimse/dose-object.js';
import { instancePath } from './instance-path.js';
import type { WebClient } from './web-client.js';

/**
 * DELETE of one instance, named by study, series and instance. The standard leaves it to the server whether it takes that
 * (PS3.18 has no such transaction for studies): gives the HTTP status.
 * @throws CaseErrors of `WebClient.ask`
 */
export async function remove(
  { client, signal }: { readonly client: WebClient; readonly signal: AbortSignal },
  object: DoseObject,
): Promise<number> {
  const answer = await client.ask(instancePath(object), { headers: {}, method: 'DELETE' }, signal);
  answer.drop();
  return answer.status;
}
