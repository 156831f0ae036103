import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { DosePicture, DosePlane } from '../../../../ports/case-pictures.js';
import { Choice } from '../../elements/choice.js';
import { texts } from '../../texts.js';
import { ColourScale } from './colour-scale.js';
import { LEAST_SHOWN } from './draw-plane.js';
import type { ReadyPlane } from './ready-plane.js';
import { PlanePicture } from './plane-picture.js';
import { extentOf, extentOfDose, rasterValues } from './raster-values.js';

const words = texts.dose;

/** HU that are black and white. */
const WINDOWS = { soft: [-160, 240], lung: [-1350, 150], bone: [-450, 1050] } as const;
const SHOWS = ['part', 'whole'] as const;
const MARGIN_MM = 20;

/** Three planes side by side with one colour scale. */
export function DosePlanes({ picture }: { readonly picture: DosePicture }): JSX.Element {
  const [shows, setShows] = useState<'part' | 'whole'>('part');
  const [window, setWindow] = useState<keyof typeof WINDOWS>('soft');
  const [isodoses, setIsodoses] = useState(true);
  const planes = useMemo(() => picture.planes.map((plane) => ready(plane, picture)), [picture]);
  const hasCt = planes.some(({ ct }) => ct !== null);
  return (
    <div class="planes">
      <div class="panel-head">
        <Choice label={words.shows} options={SHOWS} words={words.showsOptions} value={shows} choose={setShows} />
        {hasCt && (
          <Choice
            label={words.window}
            options={['soft', 'lung', 'bone']}
            words={words.windowOptions}
            value={window}
            choose={setWindow}
          />
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={isodoses}
            onChange={(event) => {
              setIsodoses(event.currentTarget.checked);
            }}
          />
          {words.isodoses}
        </label>
      </div>
      <div class="planes-row">
        {planes.map((plane) => (
          <PlanePicture
            key={plane.plane.name}
            ready={plane}
            picture={picture}
            extent={plane[shows]}
            window={WINDOWS[window]}
            isodoses={isodoses}
          />
        ))}
        <ColourScale maximumGy={picture.maximumGy} />
      </div>
    </div>
  );
}

function ready(plane: DosePlane, { maximumGy, gyPerCount }: DosePicture): ReadyPlane {
  const dose = rasterValues(plane.dose, 'dose');
  const ct = plane.ct === null ? null : rasterValues(plane.ct, 'ct');
  const whole = extentOf(dose);
  const level = (LEAST_SHOWN * maximumGy) / gyPerCount;
  return { plane, dose, ct, whole, part: (level > 0 ? extentOfDose(dose, level, MARGIN_MM) : null) ?? whole };
}
