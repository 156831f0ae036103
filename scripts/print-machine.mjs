// Prints the two state machines as markdown tables (npm run machine:print; docs/state-machine.md is made of it).
import { fileURLToPath } from 'node:url';
import { ready } from './ready.mjs';

const built = (path) => import(new URL(`../dist/src/domain/${path}`, import.meta.url).href);

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const target = (to) => (to === undefined ? '' : Array.isArray(to) ? 'any active state' : to);

/** The text of docs/state-machine.md. */
export async function stateMachineMarkdown() {
  const { CASE_EVENTS, CASE_MACHINE, CASE_STATES } = await built('case-machine.js');
  const { BEAM_EVENTS, BEAM_MACHINE, BEAM_STATES } = await built('beam-machine.js');
  const cases = CASE_STATES.map((state) => {
    const { step, on } = CASE_MACHINE[state];
    return [state, step ?? '', ...CASE_EVENTS.map((event) => target(on[event]))];
  });
  const beams = BEAM_STATES.map((state) => [state, ...BEAM_EVENTS.map((event) => target(BEAM_MACHINE[state][event]))]);
  return `# State machines

<!-- Generated from src/domain by "npm run generate"; do not edit. -->

A state names what has been achieved. Running is a lease, waiting to retry a due time, held a reason: not states. An empty
cell is a move that is refused.

## Cases

${table(['state', 'step that leaves it', ...CASE_EVENTS], cases)}

\`retry\` puts a case back to the state it left, or to the one before the step that is to be redone.

## Beams

${table(['state', ...BEAM_EVENTS], beams)}

\`submitted\` is durable: the job outlives the service, and its handle is found again after a crash. \`reset\` puts a beam back for
another attempt; \`reopen\` is the operator's.
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ready();
  console.log(await stateMachineMarkdown());
}
