import type { DosePicture } from '../../../../ports/case-pictures.js';
import { texts } from '../../texts.js';

const words = texts.dose;

/** Four digits: more no dose calculation is good for. */
export const gy = (value: number): string => Number(value.toPrecision(4)).toString();
export const mm = (value: number): string => value.toFixed(1);

/** The figures of a dose, each with its name, for those who read and those who listen. */
export function doseFigures({
  maximumGy,
  maximumAtMm,
  isocentreGy,
  depth,
  grid,
}: DosePicture): readonly (readonly [string, string])[] {
  return [
    [words.maximum, words.at(gy(maximumGy), maximumAtMm.map(mm).join(', '))],
    [words.isocentre, isocentreGy === null ? words.outside : `${gy(isocentreGy)} Gy`],
    [words.axisR80, distal(depth.axisR80Mm, depth.axisR80WaterMm)],
    [words.integralR80, distal(depth.integralR80Mm, null)],
    [words.surface, depth.surfaceMm === null ? words.unknown : words.behind(mm(depth.surfaceMm))],
    [
      words.voxels,
      words.grid(grid.size.join(' × '), grid.spacingMm.map((value) => Number(value.toFixed(3))).join(' × ')),
    ],
  ];
}

function distal(atMm: number | null, waterMm: number | null): string {
  if (atMm === null) return words.notReached;
  return waterMm === null ? words.behind(mm(atMm)) : words.behindInWater(mm(atMm), mm(waterMm));
}
