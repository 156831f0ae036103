import { transient } from '../../../domain/errors.js';
import { NO_PAYLOAD, type Answer } from './agent-channel.js';

/**
 * The exit code and output of a call that the agent ran (`answer` of agent-script.ts).
 * @throws transient `host.busy` without an exit code: the far end is short of processes or memory, or ended what it ran, and
 * an empty output would read as "no such process" or "no such file"
 */
export function answerOf({ payload }: Answer): { readonly code: number; readonly output: Buffer } {
  if (payload === NO_PAYLOAD) return { code: 0, output: Buffer.alloc(0) }; // done without a program
  const bytes = Buffer.from(payload, 'base64');
  const at = bytes.lastIndexOf('\nrc');
  const code = at < 0 ? '' : bytes.toString('latin1', at + 3);
  if (!/^\d+$/.test(code)) throw transient('host.busy', 'a program on the host ended without saying how');
  return { code: Number(code), output: bytes.subarray(0, at) };
}
