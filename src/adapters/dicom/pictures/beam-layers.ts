import type { BeamLayers, LayerSpots } from '../../../ports/case-pictures.js';
import type { LayersTask } from './picture-task.js';
import { readPicturedBeam, type PicturedBeam } from './work-files.js';

/** About 6 MB of text; more the page does not draw. */
const MOST_SPOTS = 200_000;

/** The layers of a beam with their spots, as the engine was given them. */
export function beamLayers({ beamInputPath }: LayersTask): BeamLayers {
  const { beamNumber, metersetUnit, meterset, layers } = readPicturedBeam(beamInputPath);
  const spotsLeftOut = layers.reduce((sum, { xMm }) => sum + xMm.length, 0) > MOST_SPOTS;
  return {
    beamNumber,
    metersetUnit,
    meterset,
    layers: layers.map((layer, index) => layerSpots(layer, index + 1, spotsLeftOut)),
    spotsLeftOut,
  };
}

function layerSpots(layer: PicturedBeam['layers'][number], layerNumber: number, leaveOut: boolean): LayerSpots {
  const { energyMeV, paintings, xMm, yMm, meterset } = layer;
  return {
    layerNumber,
    energyMeV,
    paintings,
    meterset: meterset.reduce((sum, one) => sum + one, 0),
    spots: meterset.filter((one) => one > 0).length,
    xMm: leaveOut ? [] : xMm.map(micrometres),
    yMm: leaveOut ? [] : yMm.map(micrometres),
    spotMeterset: leaveOut ? [] : meterset.map((one) => Number(one.toPrecision(7))),
  };
}

const micrometres = (mm: number): number => Math.round(mm * 1000) / 1000;
