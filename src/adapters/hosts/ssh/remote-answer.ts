import type { Answer } from './agent-channel.js';

/** The exit code and output of a call that the agent ran (`answer` of agent-script.ts). */
export function answerOf({ payload }: Answer): { readonly code: number; readonly output: Buffer } {
  const bytes = Buffer.from(payload, 'base64');
  const at = bytes.lastIndexOf('\nrc');
  // An answer without a program: done.
  if (at < 0) return { code: 0, output: bytes };
  return { code: Number(bytes.toString('latin1', at + 3)), output: bytes.subarray(0, at) };
}
