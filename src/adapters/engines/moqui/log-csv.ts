import type { BeamInput, LayerInput } from '../../../domain/beam-input.js';

/** One CSV of the log dialect: the spots of a layer. */
export interface LogCsv {
  /** `NNN_<energy>MeV.csv`, padded: the program takes them in the order of their names. */
  readonly name: string;
  readonly text: string;
  /** Sum of its counts. */
  readonly counts: number;
  /** Spots with counts. */
  readonly spots: number;
  readonly energyMeV: number;
}

/** time, x, y, count */
const FIELDS = 4;
/** Digits the program reads of positions; its own are 32-bit floats. */
const POSITION_DIGITS = 4;

/**
 * The spots of a beam as the log dialect reads them: for each layer one flat line `time,x,y,count,time,x,y,count,...` (no
 * line break anywhere: it would be misread without a word). Counts are whole numbers; what rounding leaves is carried on to
 * the next spot, so that their sum is right to one count.
 * @param countsPerMeterset counts for one unit of the beam's meterset
 */
export function logCsvs({ layers }: BeamInput, countsPerMeterset: number): readonly LogCsv[] {
  const digits = Math.max(3, String(layers.length).length);
  const carry = { counts: 0 };
  return layers.map((layer, index) => {
    const { energyMeV } = layer;
    const name = `${String(index + 1).padStart(digits, '0')}_${energyMeV.toFixed(3)}MeV.csv`;
    return { name, energyMeV, ...csvOf(layer, countsPerMeterset, carry) };
  });
}

function csvOf(
  layer: LayerInput,
  countsPerMeterset: number,
  carry: { counts: number },
): Pick<LogCsv, 'text' | 'counts' | 'spots'> {
  const fields: string[] = [];
  let sum = 0;
  layer.meterset.forEach((meterset, spot) => {
    if (!(meterset > 0)) return;
    const exact = meterset * countsPerMeterset + carry.counts;
    const counts = Math.round(exact);
    carry.counts = exact - counts;
    if (counts === 0) return; // what it would have been is carried on
    sum += counts;
    const [x, y] = [layer.xMm[spot] ?? 0, layer.yMm[spot] ?? 0];
    fields.push(String(fields.length / FIELDS), x.toFixed(POSITION_DIGITS), y.toFixed(POSITION_DIGITS), String(counts));
  });
  return { text: fields.join(','), counts: sum, spots: fields.length / FIELDS };
}
