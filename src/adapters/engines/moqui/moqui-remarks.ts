import type { BeamInput } from '../../../domain/beam-input.js';
import type { Geometry } from '../../../domain/geometry.js';
import type { EngineCt } from './engine-ct.js';
import type { MoquiOptions } from './moqui-options.js';
import type { DialectInput } from './prepare-dialect.js';

const SHORT_HASH = 16;
/** Spots at the edge of a field of 400 mm lie less than half a millimetre off in 100 mm of depth for a smaller difference. */
const SAD_TOLERANCE = 0.01;
/** What is asked of the log dialect are counts, of each of which it makes one history or more. */
const COUNTED = { upstream: 'histories', log: 'counts' } as const;

interface Given {
  readonly options: MoquiOptions;
  readonly beam: BeamInput;
  readonly geometry: Geometry;
  readonly ct: EngineCt;
  readonly own: DialectInput;
}

/** What the reader of the dose must know, the most important first (docs/rt-dose.md: what stands before a colon is short). */
export function moquiRemarks({ options, beam, geometry, ct, own }: Given): readonly string[] {
  const names = Object.keys(options.parameters);
  return [
    ...(geometry.setToBeam
      ? ['water phantom, gantry 0: it is set to the beam, gantry and couch are taken as 0, position as HFS']
      : []),
    `moqui ${options.dialect}: Monte Carlo, ${String(own.histories)} ${COUNTED[options.dialect]}, physical dose per fraction`,
    ...virtualSource(beam, own),
    ...(options.rbe === 1 ? [] : [`RBE ${String(options.rbe)} divided out: the program's result held that factor`]),
    ...(geometry.ctPath === null ? [] : ["CT numbers are taken by moqui's own table of densities"]),
    ...(ct.on.resampled ? ['CT resampled: its pixels are not square, which moqui does not read'] : []),
    ...own.shifterRemarks,
    ...(names.length === 0 ? [] : [`own parameters: ${names.join(', ')}`]),
  ];
}

/** The program does not read the plan's distances: those of its machine file count. */
function virtualSource({ virtualSadMm }: BeamInput, { sadMm }: DialectInput): readonly string[] {
  if (virtualSadMm === null || sadMm === null) return [];
  const differs = sadMm.some((mm, axis) => Math.abs(mm / (virtualSadMm[axis] ?? NaN) - 1) > SAD_TOLERANCE);
  if (!differs) return [];
  return [`virtual source not as planned: ${sadMm.join(' and ')} mm by the machine file, ${virtualSadMm.join(' and ')} mm by the plan`]; // prettier-ignore
}

/** What is known once it has run: which program it was. @param version what it says of itself */
export const programRemark = (sha256: string | null, version: string | null, inputSha256: string): string =>
  `program ${version === null ? '' : `${version}, `}SHA-256 ${sha256?.slice(0, SHORT_HASH) ?? 'not known'}, input ${inputSha256.slice(0, SHORT_HASH)}`;
