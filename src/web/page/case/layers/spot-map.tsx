import type { JSX } from 'preact';
import { useCallback, useMemo } from 'preact/hooks';
import type { BeamLayers, LayerSpots } from '../../../../ports/case-pictures.js';
import { CanvasPicture } from '../../plots/canvas-picture.js';
import { texts } from '../../texts.js';
import { css, DOSE_COLOURS } from '../dose/colour-map.js';
import { drawSpots, frameOf } from './draw-spots.js';
import { meterset, rangeOf, spotFigures } from './spot-figures.js';

const words = texts.layers;

interface Props {
  readonly beam: BeamLayers;
  readonly layer: LayerSpots;
}

/** The spots of a layer at the isocentre, seen from the source: coloured by weight, those of all other layers faint. */
export function SpotMap({ beam, layer }: Props): JSX.Element {
  const frame = useMemo(() => frameOf(beam.layers), [beam]);
  const draw = useCallback(
    (context: CanvasRenderingContext2D, ratio: number) => {
      drawSpots(context, ratio, { frame, all: beam.layers, layer });
    },
    [frame, beam, layer],
  );
  const largest = rangeOf(layer.spotMeterset)?.[1] ?? 0;
  const drawScale = useCallback((context: CanvasRenderingContext2D) => {
    const { width, height } = context.canvas;
    DOSE_COLOURS.forEach((colour, i) => {
      context.fillStyle = css(colour);
      context.fillRect((i * width) / DOSE_COLOURS.length, 0, width / DOSE_COLOURS.length + 1, height);
    });
  }, []);
  return (
    <figure class="spot-map">
      <CanvasPicture shape={0.9} draw={draw} label={spotFigures(layer, beam)} />
      <div class="spot-scale">
        <span>0</span>
        <CanvasPicture shape={0.06} draw={drawScale} label={words.scale} />
        <span>{words.most(meterset(largest), beam.metersetUnit)}</span>
      </div>
      <figcaption>{spotFigures(layer, beam)}</figcaption>
    </figure>
  );
}
