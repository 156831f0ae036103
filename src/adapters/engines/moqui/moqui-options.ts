import type { MoquiDialect, MoquiValue } from '../../../domain/moqui-parameters.js';

/** engine.moqui of the configuration, and what of `machines` concerns it. */
export interface MoquiOptions {
  readonly program: string;
  readonly dialect: MoquiDialect;
  /** Absolute; null only for dialect log. */
  readonly machineFile: string | null;
  /** Histories for each beam; null: as many as `statisticalPercent` takes. */
  readonly histories: number | null;
  readonly statisticalPercent: number;
  /** What the result is divided by. */
  readonly rbe: number;
  /** Dialect log; null: what the calibration of the machine says. */
  readonly countsPerMeterset: number | null;
  /** Of plans that state none; null: such beams are refused. */
  readonly snoutPositionMm: number | null;
  readonly rangeShifters: readonly string[];
  readonly parameters: Readonly<Record<string, MoquiValue>>;
  readonly machines: readonly MoquiMachine[];
}

/** What of an entry of `machines` concerns dialect log. */
interface MoquiMachine {
  readonly pattern: string;
  readonly gantryNumber: 1 | 2 | null;
  readonly calibration: { readonly countsPerMu: number | null } | null;
}
