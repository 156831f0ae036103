import fc from 'fast-check';
import { STEP_NAMES } from '../../../src/domain/case-machine.js';
import type { StepName } from '../../../src/domain/case-machine.js';
import type { Conduct } from './model-jobs.js';

/** Who asks: an operator's own process, one that dies on the way, or the web page, which is the service itself. */
export type Asker = 'cli' | 'dying-cli' | 'web';

export type Command =
  | { readonly do: 'drop'; readonly folder: string; readonly content: string }
  | { readonly do: 'hold' | 'resume' | 'cancel' | 'retry'; readonly kase: number; readonly by: Asker }
  | {
      readonly do: 'redo';
      readonly kase: number;
      readonly by: Asker;
      readonly from: StepName | null;
      readonly beam: number | null;
    }
  | { readonly do: 'priority'; readonly kase: number; readonly by: Asker; readonly value: number }
  | { readonly do: 'time'; readonly ms: number }
  | { readonly do: 'jump'; readonly hours: number }
  | { readonly do: 'engines'; readonly conducts: readonly Conduct[] }
  | { readonly do: 'steps'; readonly end: 'fails' | 'waits' | 'rejects' }
  | { readonly do: 'target'; readonly which: number; readonly failure: 'transient' | 'operator' | 'permanent' | null }
  | { readonly do: 'trouble'; readonly kind: 'busy' | 'lost'; readonly calls: number }
  | { readonly do: 'die'; readonly afterCalls: number }
  | { readonly do: 'stop' };

/** A command, and how many turns of the event loop pass before the next; null: until everything waits for time. */
export interface Given {
  readonly command: Command;
  readonly turns: number | null;
}

const kase = fc.nat(5);
const by = fc.constantFrom<Asker>('cli', 'dying-cli', 'web');
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
const conduct = fc.constantFrom<Conduct>('finish', 'crash', 'vanish', 'lie', 'hang');

const aCommand: fc.Arbitrary<Command> = fc.oneof(
  weighted(
    5,
    fc.record({
      do: fc.constant('drop' as const),
      folder: fc.constantFrom('a', 'b', 'c'),
      content: fc.constantFrom('1', '1', '2'),
    }),
  ),
  weighted(5, fc.record({ do: fc.constantFrom('hold', 'resume', 'cancel', 'retry'), kase, by })),
  weighted(
    2,
    fc.record({
      do: fc.constant('redo' as const),
      kase,
      by,
      from: fc.option(fc.constantFrom(...STEP_NAMES)),
      beam: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
  ),
  weighted(1, fc.record({ do: fc.constant('priority' as const), kase, by, value: fc.nat(9) })),
  weighted(8, fc.record({ do: fc.constant('time' as const), ms: fc.constantFrom(300, 1_000, 3_000, 8_000) })),
  weighted(1, fc.record({ do: fc.constant('jump' as const), hours: fc.constantFrom(-1, 1) })),
  weighted(
    2,
    fc.record({ do: fc.constant('engines' as const), conducts: fc.array(conduct, { minLength: 1, maxLength: 4 }) }),
  ),
  weighted(
    1,
    fc.record({ do: fc.constant('steps' as const), end: fc.constantFrom('fails' as const, 'waits', 'rejects') }),
  ),
  weighted(
    2,
    fc.record({
      do: fc.constant('target' as const),
      which: fc.nat(1),
      failure: fc.constantFrom('transient' as const, 'operator', 'permanent', null, null),
    }),
  ),
  weighted(
    2,
    fc.record({
      do: fc.constant('trouble' as const),
      kind: fc.constantFrom('busy' as const, 'lost'),
      calls: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  weighted(4, fc.record({ do: fc.constant('die' as const), afterCalls: fc.integer({ min: 1, max: 120 }) })),
  weighted(1, fc.constant({ do: 'stop' as const })),
);

export const someCommands: fc.Arbitrary<readonly Given[]> = fc.array(
  fc.record({ command: aCommand, turns: fc.option(fc.nat(40), { freq: 2 }) }),
  { minLength: 4, maxLength: 30, size: 'max' },
);
