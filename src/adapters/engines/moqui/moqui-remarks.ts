import type { BeamInput } from '../../../domain/beam-input.js';
import type { Geometry } from '../../../domain/geometry.js';
import type { EngineCt } from './engine-ct.js';
import type { MoquiOptions } from './moqui-options.js';
import type { DialectInput } from './prepare-dialect.js';

const SHORT_HASH = 16;

interface Given {
  readonly options: MoquiOptions;
  readonly beam: BeamInput;
  readonly geometry: Geometry;
  readonly ct: EngineCt;
  readonly own: DialectInput;
  readonly program: string | null;
  readonly inputSha256: string;
}

/** What the reader of the dose must know, the most important first (docs/rt-dose.md: what stands before a colon is short). */
export function moquiRemarks({ options, beam, geometry, ct, own, program, inputSha256 }: Given): readonly string[] {
  const names = Object.keys(options.parameters);
  return [
    ...(geometry.setToBeam
      ? ['water phantom set to beam, gantry 0: gantry and couch are taken as 0, position as HFS']
      : []),
    `moqui ${options.dialect}: Monte Carlo, ${String(own.histories)} histories, physical dose per fraction`,
    ...(options.rbe === 1 ? [] : [`RBE ${String(options.rbe)} divided out: the program's result held that factor`]),
    ...(ct.on.resampled ? ['CT resampled: its pixels are not square, which moqui does not read'] : []),
    ...(beam.rangeShifters.length > 0 ? ["range shifter: thickness as in the engine's own data"] : []),
    ...(names.length === 0 ? [] : [`own parameters: ${names.join(', ')}`]),
    `program: SHA-256 ${program?.slice(0, SHORT_HASH) ?? 'not known'}, input ${inputSha256.slice(0, SHORT_HASH)}`,
  ];
}
