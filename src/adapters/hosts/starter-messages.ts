import type { CommandEnd } from '../../ports/host.js';
import type { LastingStart, StartedProcess, StartPhase } from './process-starter.js';

/** What the service asks of its starter (starter-process.ts). */
export type Question =
  | { readonly ask: 'start'; readonly start: LastingStart }
  | {
      readonly ask: 'run';
      readonly argv: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly limitMs: number;
    };

/** Each question has a number of its own. */
export type Asked = Question & { readonly id: number };

/** The end of a command; that one which came too late is gone is told by a message of its own. */
type PlainEnd = Exclude<CommandEnd, { how: 'too-late' }> | { readonly how: 'too-late' };

/** What it tells: `ready` before all else, `exited` after `started`, `gone` after an end that came too late. */
export type Told =
  | { readonly tell: 'ready' }
  | { readonly tell: 'started'; readonly id: number; readonly process: StartedProcess }
  | { readonly tell: 'not-started'; readonly id: number; readonly phase: StartPhase; readonly code: string }
  | { readonly tell: 'exited'; readonly id: number }
  | { readonly tell: 'end'; readonly id: number; readonly end: PlainEnd }
  | { readonly tell: 'gone'; readonly id: number };
