// GPUs and CPU places: a line in the header, and a table that is opened on demand.
import { element } from './page-elements.js';

const known = (value, unit) => (value === null ? '' : `${value} ${unit}`);

function memory({ memoryUsedMiB, memoryTotalMiB }) {
  return memoryTotalMiB === null ? '' : `${memoryUsedMiB ?? '?'} of ${memoryTotalMiB} MiB`;
}

/** Who uses it, or why nobody gets it. */
function use({ beams, outOfService, occupied, lease }) {
  const ours = beams.map(
    ({ caseId, beamNumber, progress }) => `${caseId} beam ${beamNumber} (${Math.floor(progress)} %)`,
  );
  const given = lease === null || ours.length > 0 ? [] : [`given to ${lease.caseId} beam ${lease.beamNumber}`];
  const why = [outOfService === null ? null : `out of service: ${outOfService}`, occupied];
  const all = [...ours, ...given, ...why.filter((words) => words !== null)];
  return all.length === 0 ? 'free' : all.join(', ');
}

function row(place) {
  const cells = [
    element('td', { text: place.id }),
    element('td', { text: place.name }),
    element('td', { class: 'figure', text: memory(place) }),
    element('td', { class: 'figure', text: known(place.utilisationPercent, '%') }),
    element('td', { class: 'figure', text: known(place.temperatureC, '°C') }),
    element('td', { class: place.outOfService === null && place.occupied === null ? '' : 'waits', text: use(place) }),
  ];
  return element('tr', {}, cells);
}

export function showPlaces(places) {
  const busy = places.filter(({ beams }) => beams.length > 0).length;
  const out = places.filter(({ outOfService }) => outOfService !== null).length;
  const words = `${busy} of ${places.length} places busy${out === 0 ? '' : `, ${out} out of service`}`;
  document.getElementById('places').textContent = places.length === 0 ? '' : words;
  document.getElementById('gpus').hidden = places.length === 0;
  document.getElementById('gpu-rows').replaceChildren(...places.map(row));
}
