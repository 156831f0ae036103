import type { JSX } from 'preact';
import { bytes, clockTime, shortMoment } from '../format.js';
import { texts } from '../texts.js';
import { overview } from './overview-data.js';
import { Panel } from './panel.js';
import { PlacesPanel } from './places-panel.js';
import type { TargetView } from '../../../workflow/target-view.js';
import { targets } from './targets.js';

const words = texts.overview;

/** Everything that cases depend on: places, targets, shares, disk. */
export function Surroundings(): JSX.Element {
  return (
    <aside class="side" aria-label={words.side}>
      <Arriving />
      <PlacesPanel />
      <Targets />
      <Shares />
      <Disk />
    </aside>
  );
}

function Arriving(): JSX.Element | null {
  const arriving = overview.value.value?.arriving ?? [];
  if (arriving.length === 0) return null;
  return (
    <Panel title={words.arriving.title} name="arriving">
      <ul class="lines">
        {arriving.map(({ inbox, folder, status }) => (
          <li key={`${inbox}/${folder}`}>
            <span class="one-line">{folder}</span>
            <small>{inbox === '' ? status : `${words.inbox(inbox)}, ${status}`}</small>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Targets(): JSX.Element | null {
  const known = targets.value.value;
  if (known === null || known.length === 0) return null;
  return (
    <Panel title={words.targets.title} name="targets">
      <ul class="lines">
        {known.map((target) => (
          <Target key={target.name} target={target} />
        ))}
      </ul>
    </Panel>
  );
}

function Target({ target }: { readonly target: TargetView }): JSX.Element {
  const { name, kind, optional, state, waiting, lastSuccessAt, nextProbeAt, error } = target;
  const facts = [
    words.targets.waiting(waiting),
    lastSuccessAt === null ? null : words.targets.last(shortMoment(lastSuccessAt)),
    state === 'down' && nextProbeAt !== null ? words.targets.probe(clockTime(nextProbeAt)) : null,
  ];
  return (
    <li>
      <span class="pair">
        <span>
          {name} <small>{optional ? `${kind}, ${words.targets.optional}` : kind}</small>
        </span>
        <span class={`mark ${state}`}>{words.targets.states[state]}</span>
      </span>
      <small>{facts.filter((fact) => fact !== null).join(' · ')}</small>
      {error !== null && (
        <small class="problem">
          {error.message}; {error.remedy}
        </small>
      )}
    </li>
  );
}

function Shares(): JSX.Element | null {
  const inboxes = overview.value.value?.inboxes ?? [];
  if (inboxes.length === 0) return null;
  return (
    <Panel title={words.inboxes.title} name="shares">
      <ul class="lines">
        {inboxes.map(({ inbox, lostSince, lostBecause, lastSweepAt, entries }) => (
          <li key={inbox}>
            <span class="pair">
              <span>{inbox === '' ? words.inboxes.first : inbox}</span>
              <span class={`mark ${lostSince === null ? 'working' : 'down'}`}>
                {lostSince === null ? words.inboxes.watched : words.inboxes.lost(clockTime(lostSince))}
              </span>
            </span>
            <small>
              {words.inboxes.entries(entries)}
              {lastSweepAt === null ? '' : ` · ${words.inboxes.sweep(clockTime(lastSweepAt))}`}
            </small>
            {lostBecause !== null && <small class="problem">{lostBecause}</small>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Disk(): JSX.Element | null {
  const disk = overview.value.value?.disk;
  if (disk === undefined) return null;
  const { freeBytes, minFreeBytes, problem, forecast } = disk;
  const isShort = freeBytes !== null && freeBytes < minFreeBytes;
  return (
    <Panel title={words.disk.title} name="disk">
      <p class="pair">
        <span>{freeBytes === null ? (problem ?? '') : words.disk.free(bytes(freeBytes))}</span>
        {isShort && <span class="mark down">{words.disk.short}</span>}
      </p>
      {forecast.kind === 'fills' && <small>{words.disk.fills(Math.floor(forecast.days))}</small>}
      {minFreeBytes > 0 && <small>{words.disk.least(bytes(minFreeBytes))}</small>}
    </Panel>
  );
}
