import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { BeamLayers, LayerSpots } from '../../../../ports/case-pictures.js';
import type { BeamView } from '../../../../workflow/case-view.js';
import { texts } from '../../texts.js';
import { casePath, useLoaded } from '../use-loaded.js';
import { meterset, spotFigures } from './spot-figures.js';
import { LayerWeights } from './layer-weights.js';
import { SpotMap } from './spot-map.js';

const words = texts.layers;

interface Props {
  readonly caseId: string;
  readonly beam: BeamView;
}

/** The energy layers of a beam as the engine gets them: a list, and the spots of one of them as a map. */
export function LayersPanel({ caseId, beam }: Props): JSX.Element {
  const layers = useLoaded<BeamLayers>(casePath(caseId, 'beams', beam.number, 'layers'), beam.attempt);
  const read = layers.value.value;
  return (
    <section class="panel layers" aria-label={words.title(beam.number)}>
      <div class="panel-head">
        <h3>{words.title(beam.number)}</h3>
      </div>
      {layers.problem.value !== null && <p class="problem">{layers.problem.value}</p>}
      {read === null ? layers.problem.value === null && <p class="empty">{words.loading}</p> : <Layers beam={read} />}
    </section>
  );
}

function Layers({ beam }: { readonly beam: BeamLayers }): JSX.Element {
  const [chosen, choose] = useState(1);
  const number = Math.min(chosen, beam.layers.length);
  const layer = beam.layers[number - 1];
  if (layer === undefined) return <p class="empty">{words.none}</p>;
  const unit = beam.metersetUnit;
  return (
    <>
      <label class="energy">
        <span>{words.energy}</span>
        <input
          type="range"
          min={1}
          max={beam.layers.length}
          value={number}
          aria-valuetext={spotFigures(layer, beam)}
          onInput={(event) => {
            choose(Number(event.currentTarget.value));
          }}
        />
        <output>{words.ofLayers(number, beam.layers.length, layer.energyMeV.toFixed(2))}</output>
      </label>
      <div class="layers-row">
        {beam.spotsLeftOut ? <p class="empty">{words.leftOut}</p> : <SpotMap beam={beam} layer={layer} />}
        <div class="layer-list scroll-y" tabIndex={0} role="region" aria-label={words.list}>
          <table>
            <thead>
              <tr>
                <th class="figure">{words.number}</th>
                <th class="figure">MeV</th>
                <th class="figure">{words.spots}</th>
                <th class="figure">{unit}</th>
              </tr>
            </thead>
            <tbody>
              {beam.layers.map((one) => (
                <LayerRow key={one.layerNumber} layer={one} isChosen={one === layer} choose={choose} />
              ))}
            </tbody>
          </table>
        </div>
        <LayerWeights beam={beam} chosen={number} />
      </div>
    </>
  );
}

interface RowProps {
  readonly layer: LayerSpots;
  readonly isChosen: boolean;
  readonly choose: (layerNumber: number) => void;
}

function LayerRow({ layer, isChosen, choose }: RowProps): JSX.Element {
  return (
    <tr class={isChosen ? 'chosen' : ''}>
      <td class="figure">
        <button
          type="button"
          class="plain"
          aria-pressed={isChosen}
          aria-label={words.choose(layer.layerNumber)}
          onClick={() => {
            choose(layer.layerNumber);
          }}
        >
          {layer.layerNumber}
        </button>
      </td>
      <td class="figure">{layer.energyMeV.toFixed(2)}</td>
      <td class="figure">{layer.spots}</td>
      <td class="figure">{meterset(layer.meterset)}</td>
    </tr>
  );
}
