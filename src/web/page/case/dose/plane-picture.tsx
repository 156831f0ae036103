import type { JSX } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import type { DosePicture } from '../../../../ports/case-pictures.js';
import { CanvasPicture } from '../../plots/canvas-picture.js';
import { texts } from '../../texts.js';
import type { ReadyPlane } from './ready-plane.js';
import { gy, mm } from './dose-words.js';
import { drawPlane, mapping } from './draw-plane.js';
import { type Extent, valueNear } from './raster-values.js';

const words = texts.dose;
const SHAPE = 0.86;
/** For the mapping alone, which knows no units of its own. */
const UNIT = 1000;
const THIRD_AXIS = { axial: 'z', sagittal: 'x', coronal: 'y' } as const;
const AXIS_INDEX = { x: 0, y: 1, z: 2 } as const;
/** At the left, right, upper and lower edge: right, left, anterior, posterior, head, feet. */
const EDGES = { axial: ['R', 'L', 'A', 'P'], sagittal: ['A', 'P', 'H', 'F'], coronal: ['R', 'L', 'H', 'F'] } as const;

interface Props {
  readonly ready: ReadyPlane;
  readonly picture: DosePicture;
  readonly extent: Extent;
  readonly window: readonly [number, number];
  readonly isodoses: boolean;
}

/** One plane; the dose under the pointer, or under a cross that the arrow keys move, stands in words below it. */
export function PlanePicture({ ready, picture, extent, window, isodoses }: Props): JSX.Element {
  const { plane, dose, ct } = ready;
  const [cursor, setCursor] = useState<readonly [number, number] | null>(null);
  const isocentre = [
    picture.isocentreMm[AXIS_INDEX[plane.columnAxis]],
    picture.isocentreMm[AXIS_INDEX[plane.rowAxis]],
  ] as const;
  const fullScale = picture.maximumGy / picture.gyPerCount || 1;
  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      drawPlane(context, { dose, ct, fullScale, window, extent, isodoses, isocentre, cursor });
    },
    [ready, extent, window, isodoses, cursor, fullScale],
  );
  const onPoint = (at: readonly [number, number] | null): void => {
    setCursor(at === null ? null : mapping(extent, UNIT, UNIT * SHAPE).toMm(at[0] * UNIT, at[1] * UNIT * SHAPE));
  };
  const onKey = (event: KeyboardEvent): void => {
    const moved = movedBy(event, cursor ?? isocentre, dose.spacingMm);
    if (moved === null) return;
    event.preventDefault();
    setCursor(moved);
  };
  return (
    <figure class="plane">
      <figcaption>
        {words.planes[plane.name]} <small>{words.planeAt(THIRD_AXIS[plane.name], mm(plane.positionMm))}</small>
      </figcaption>
      <div class="plane-frame">
        <CanvasPicture shape={SHAPE} draw={draw} label={labelOf(ready, picture)} onPoint={onPoint} onKey={onKey} />
        {EDGES[plane.name].map((letter, i) => (
          <span key={letter} class={`edge edge-${String(i)}`} aria-hidden="true">
            {letter}
          </span>
        ))}
      </div>
      <p class="readout" aria-live="polite">
        {cursor === null ? words.readoutHint : readout(ready, picture, cursor)}
      </p>
    </figure>
  );
}

function labelOf({ plane, dose }: ReadyPlane, { gyPerCount }: DosePicture): string {
  let most = 0;
  for (const counts of dose.values) most = Math.max(most, counts);
  return words.planeLabel(
    words.planes[plane.name],
    THIRD_AXIS[plane.name],
    mm(plane.positionMm),
    gy(most * gyPerCount),
  );
}

function readout(
  { plane, dose, ct }: ReadyPlane,
  { gyPerCount, maximumGy }: DosePicture,
  at: readonly [number, number],
): string {
  const place = `${plane.columnAxis} ${mm(at[0])}, ${plane.rowAxis} ${mm(at[1])} mm`;
  const counts = valueNear(dose, ...at);
  if (counts === null) return `${place}: ${words.outside}`;
  const value = counts * gyPerCount;
  const share = maximumGy > 0 ? ` (${((100 * value) / maximumGy).toFixed(1)} %)` : '';
  const hu = ct === null ? null : valueNear(ct, ...at);
  return `${place}: ${gy(value)} Gy${share}${hu === null ? '' : `, ${String(hu)} HU`}`;
}

/** One voxel by an arrow key, five with Shift; null for other keys. */
function movedBy(
  { key, shiftKey }: KeyboardEvent,
  [column, row]: readonly [number, number],
  [columnStep, rowStep]: readonly [number, number],
): readonly [number, number] | null {
  const times = shiftKey ? 5 : 1;
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  const step = steps[key];
  return step === undefined ? null : [column + step[0] * times * columnStep, row + step[1] * times * rowStep];
}
