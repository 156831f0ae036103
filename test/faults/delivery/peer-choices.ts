import { createHash } from 'node:crypto';
import type { Choice } from './fault-peer.js';

export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The data set of a DICOM file: what follows its group 0002. */
export const dataSet = (file: Buffer): Buffer => file.subarray(144 + file.readUInt32LE(140));

/** The choices, with something that is done before each is armed. */
export const armedAfter = (first: () => void, choices: readonly Choice[]): readonly Choice[] =>
  choices.map((choice) => ({
    ...choice,
    arm: (random, kill) => {
      first();
      return choice.arm(random, kill);
    },
  }));

/** What a server of our own does that it should not: a fault for each, in words, and whether it must be tried again. */
export const misdeedChoices = <To extends string, Misdeed extends { readonly to: To }>(
  misdeeds: readonly (readonly [string, boolean, Misdeed])[],
  stages: Readonly<Record<To, string>>,
  arm: (misdeed: Misdeed) => void,
): readonly Choice[] =>
  misdeeds.map(([fault, mustBeTriedAgain, misdeed]) => ({
    stage: stages[misdeed.to],
    fault,
    mustBeTriedAgain,
    inProcess: false,
    arm: () => {
      arm(misdeed);
      return null;
    },
  }));
