import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import uPlot from 'uplot';
import type { BeamLayers, LayerSpots } from '../../../../ports/case-pictures.js';
import { pageColour } from '../../plots/colours.js';
import { axis, Plot } from '../../plots/plot.js';
import { texts } from '../../texts.js';
import { meterset, rangeOf } from './spot-figures.js';

const words = texts.layers;

interface Props {
  readonly beam: BeamLayers;
  /** The number of the layer that is marked. */
  readonly chosen: number;
}

/** What each layer gives, over its energy. */
export function LayerWeights({ beam, chosen }: Props): JSX.Element {
  const { layers, metersetUnit } = beam;
  const marked = layers[chosen - 1];
  const data = useMemo((): uPlot.AlignedData => {
    const byEnergy = [...layers].sort((a, b) => a.energyMeV - b.energyMeV);
    const only = (keep: (layer: LayerSpots) => boolean): (number | null)[] =>
      byEnergy.map((layer) => (keep(layer) ? layer.meterset : null));
    return [
      byEnergy.map(({ energyMeV }) => energyMeV),
      only((layer) => layer !== marked),
      only((layer) => layer === marked),
    ];
  }, [layers, marked]);
  const options = useMemo(() => optionsFor(metersetUnit), [metersetUnit]);
  const [least, most] = rangeOf(layers.map(({ energyMeV }) => energyMeV)) ?? [0, 0];
  const sum = `${meterset(beam.meterset)} ${metersetUnit}`;
  return (
    <figure>
      <figcaption>{words.weights}</figcaption>
      <Plot
        data={data}
        options={options}
        height={300}
        label={words.weightsLabel(layers.length, least.toFixed(1), most.toFixed(1), sum)}
      />
    </figure>
  );
}

function optionsFor(unit: string): Omit<uPlot.Options, 'width' | 'height'> {
  const bars = (colour: string): uPlot.Series => {
    const made: uPlot.Series = { label: unit, width: 3, stroke: () => pageColour(colour), points: { show: false } };
    const paths = uPlot.paths.bars?.({ size: [0.02, 4, 3] });
    return paths === undefined ? made : { ...made, paths, fill: () => pageColour(colour) };
  };
  return {
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.08 : 1] } },
    axes: [axis('MeV', { size: 34 }), axis(unit)],
    series: [{}, bars('strong-line'), bars('accent')],
  };
}
