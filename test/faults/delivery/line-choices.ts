import type { Choice } from './fault-peer.js';
import type { LineFault, Strike, TurnProxy } from './turn-proxy.js';

/** Choices for the faults of a line at one stage; `strike` says where, for a random number below 1. */
export const lineChoices = (
  proxy: TurnProxy,
  stage: string,
  faults: readonly LineFault[],
  strike: (part: number) => Omit<Strike, 'how'>,
): readonly Choice[] =>
  faults.map((how) => ({
    stage,
    fault: how,
    mustBeTriedAgain: true,
    inProcess: how === 'kill',
    arm: (random, kill) => {
      proxy.arm({ ...strike(random.below(10_000) / 10_000), how }, kill);
      return null;
    },
  }));

export const ALL_LINE_FAULTS: readonly LineFault[] = ['cut', 'truncate', 'lose', 'twice', 'delay', 'silence', 'kill'];
