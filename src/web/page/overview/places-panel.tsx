import type { JSX } from 'preact';
import type { PlaceSeries } from '../../../workflow/place-trail-view.js';
import type { ResourceView } from '../../../workflow/resource-view.js';
import { Sparkline } from '../elements/sparkline.js';
import { percent } from '../format.js';
import { caseAddress } from '../router.js';
import { texts } from '../texts.js';
import { places, trail } from './overview-data.js';
import { Panel } from './panel.js';

const words = texts.overview.places;

/** GPUs and CPU places: what runs on each, or why nothing does. */
export function PlacesPanel(): JSX.Element {
  const known = places.value.value ?? [];
  const busy = known.filter(({ beams, lease }) => beams.length > 0 || lease !== null).length;
  const series = new Map((trail.value.value?.places ?? []).map((one) => [one.id, one]));
  return (
    <Panel title={words.title} name="places" note={known.length === 0 ? '' : words.busy(busy, known.length)}>
      {known.length === 0 && <small>{words.none}</small>}
      <ul class="lines">
        {known.map((place) => (
          <Place key={place.id} place={place} series={series.get(place.id)} />
        ))}
      </ul>
    </Panel>
  );
}

interface OnePlace {
  readonly place: ResourceView;
  readonly series: PlaceSeries | undefined;
}

function Place({ place, series }: OnePlace): JSX.Element {
  const short = place.kind === 'gpu' && place.index !== null ? `GPU ${String(place.index)}` : place.id;
  return (
    <li data-place={place.id}>
      <span class="pair">
        <span title={place.id}>
          {short} <small>{named(place)}</small>
        </span>
        <Use place={place} />
      </span>
      {place.strangers.length > 0 && <small class="mark down">{words.strangers(place.strangers)}</small>}
      {place.kind === 'gpu' && <Figures place={place} series={series} />}
    </li>
  );
}

/** Of a CPU place only why there is no GPU, where its name says so. */
function named({ kind, name, host }: ResourceView): string {
  if (kind === 'gpu') return `${name}, ${host}`;
  return name.includes(': ') ? name : '';
}

/** Who uses it, or why nobody gets it. */
function Use({ place: { beams, lease, outOfService, occupied } }: Pick<OnePlace, 'place'>): JSX.Element {
  if (beams.length > 0) {
    return (
      <span class="running">
        {beams.map(({ caseId, beamNumber, progress }) => (
          <a key={`${caseId}/${String(beamNumber)}`} href={caseAddress(caseId)} title={caseId}>
            {words.beam(beamNumber)} {percent(progress)}
          </a>
        ))}
      </span>
    );
  }
  const why = outOfService === null ? occupied : words.outOfService(outOfService);
  if (why !== null) return <span class="mark down">{why}</span>;
  if (lease !== null) return <a href={caseAddress(lease.caseId)}>{words.given(lease.beamNumber)}</a>;
  return <span class="mark unknown">{words.free}</span>;
}

function Figures({ place, series }: OnePlace): JSX.Element {
  const { memoryUsedMiB: used, memoryTotalMiB: total, temperatureC, utilisationPercent } = place;
  const memory = used === null || total === null ? null : words.mib(gib(used), (total / 1024).toFixed(0));
  return (
    <span class="plots">
      <Figure name={words.memory} value={memory} values={series?.memoryUsedMiB} most={total ?? undefined} />
      <Figure
        name={words.temperature}
        value={temperatureC === null ? null : `${String(temperatureC)} °C`}
        values={series?.temperatureC}
        least={20}
        most={100}
      />
      <Figure
        name={words.use}
        value={utilisationPercent === null ? null : percent(utilisationPercent)}
        values={series?.utilisationPercent}
        most={100}
      />
    </span>
  );
}

const gib = (mib: number): string => (mib / 1024).toFixed(1);

interface OneFigure {
  readonly name: string;
  readonly value: string | null;
  readonly values: readonly (number | null)[] | undefined;
  readonly least?: number;
  readonly most: number | undefined;
}

function Figure({ name, value, values, least = 0, most }: OneFigure): JSX.Element | null {
  if (value === null) return null;
  return (
    <span class="plot">
      <small>{name}</small>
      {most !== undefined && <Sparkline values={values ?? []} least={least} most={most} />}
      <span class="figure">{value}</span>
    </span>
  );
}
