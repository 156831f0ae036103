import type { JSX } from 'preact';
import type { CaseDetailView } from '../../../../workflow/case-view.js';
import type { Timeline, TimelineAttempt } from '../../../../workflow/timeline-view.js';
import { duration } from '../../format.js';
import { useWidth } from '../../plots/size-of.js';
import { texts } from '../../texts.js';
import { casePath, useLoaded } from '../use-loaded.js';
import { timelineLayout, type Bar, type Layout, type Row } from './timeline-layout.js';

const words = texts.timeline;

const ROW = 20;
const LABEL = 92;
const FOOT = 22;
const LEAST_BAR = 3;
const TICK_EVERY_PX = 84;

/** What was done when, as a picture: a lane for each step and beam, a bar for each attempt. */
export function TimelineSection({ kase }: { readonly kase: CaseDetailView }): JSX.Element {
  const { ref, width } = useWidth<HTMLDivElement>();
  const read = useLoaded<Timeline>(casePath(kase.id, 'timeline'), kase);
  const timeline = read.value.value;
  return (
    <section class="facts">
      <h2>{words.title}</h2>
      <div class="panel timeline">
        <div ref={ref} />
        {read.problem.value !== null && <p class="problem">{read.problem.value}</p>}
        {timeline !== null && timeline.lanes.length === 0 && <p class="empty">{words.nothing}</p>}
        {timeline !== null && timeline.lanes.length > 0 && width > 0 && <Picture timeline={timeline} width={width} />}
        <p class="legend" aria-hidden="true">
          {words.kinds.map(([kind, name]) => (
            <span key={kind} class={`legend-${kind}`}>
              {name}
            </span>
          ))}
        </p>
      </div>
    </section>
  );
}

function Picture({ timeline, width }: { readonly timeline: Timeline; readonly width: number }): JSX.Element {
  const inner = width - LABEL - 8;
  const layout = timelineLayout(timeline, Math.max(1, Math.floor(inner / TICK_EVERY_PX)));
  const bottom = layout.rows.length * ROW;
  const toX = (share: number): number => LABEL + share * inner;
  return (
    <svg width={width} height={bottom + FOOT} role="img" aria-label={inWords(layout)}>
      {layout.ticks.map(({ ms, at }) => (
        <g key={ms}>
          <line class="tick" x1={toX(at)} x2={toX(at)} y1={0} y2={bottom} />
          <text class="tick-time" x={toX(at)} y={bottom + 14} text-anchor={at > 0.96 ? 'end' : 'middle'}>
            {tickTime(ms, layout)}
          </text>
        </g>
      ))}
      {layout.rows.map((row, i) => (
        <Lane key={`${row.step}/${String(row.beamNumber)}`} row={row} top={i * ROW} toX={toX} />
      ))}
      {layout.marks.map(({ mark, at }, i) => (
        <g key={i} class="mark">
          <title>{words.mark(mark.event, mark.actor, mark.reason ?? '')}</title>
          <line x1={toX(at)} x2={toX(at)} y1={0} y2={bottom} />
          <path d={`M${String(toX(at))} ${String(bottom)}l-4 7h8z`} />
        </g>
      ))}
    </svg>
  );
}

interface LaneProps {
  readonly row: Row;
  readonly top: number;
  readonly toX: (share: number) => number;
}

function Lane({ row, top, toX }: LaneProps): JSX.Element {
  const isBeam = row.beamNumber !== null;
  return (
    <g>
      <text class={isBeam ? 'lane-name beam' : 'lane-name'} x={isBeam ? 12 : 0} y={top + 14}>
        {nameOf(row)}
      </text>
      <line class="lane" x1={LABEL} x2={toX(1)} y1={top + ROW - 0.5} y2={top + ROW - 0.5} />
      {row.bars.map((bar, i) => (
        <rect
          key={i}
          class={`attempt ${kindOf(bar.attempt)}`}
          x={toX(bar.from)}
          y={top + 4}
          width={Math.max(LEAST_BAR, toX(bar.to) - toX(bar.from))}
          height={ROW - 8}
          rx={2}
        >
          <title>{barWords(row, bar)}</title>
        </rect>
      ))}
    </g>
  );
}

const nameOf = ({ step, beamNumber }: Pick<Row, 'step' | 'beamNumber'>): string =>
  beamNumber === null ? words.steps[step] : words.beam(beamNumber);

/** Good, bad, under way, or let go without fault. */
function kindOf({ outcome }: TimelineAttempt): string {
  if (outcome === null) return 'running';
  if (outcome === 'done') return 'done';
  return ['retried', 'rejected', 'failed', 'held'].includes(outcome) ? 'bad' : 'let-go';
}

function barWords(row: Row, { attempt }: Bar): string {
  const { startedAt, finishedAt, outcome, error } = attempt;
  const took = finishedAt === null ? '' : `, ${duration(Date.parse(finishedAt) - Date.parse(startedAt))}`;
  const why = error === null ? '' : `: ${error.message}`;
  return `${nameOf(row)}, ${words.attempt(attempt.attempt)}: ${outcome ?? words.running}${took}${why}`;
}

function inWords({ rows, startMs, endMs }: Layout): string {
  const lanes = rows.map((row) => row.bars.map((bar) => barWords(row, bar)).join('; '));
  return [words.whole(duration(endMs - startMs)), ...lanes].join('. ');
}

function tickTime(ms: number, { startMs, endMs }: Layout): string {
  const at = new Date(ms);
  const long = endMs - startMs > 36 * 3600 * 1000;
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (long) return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`;
  return endMs - startMs < 10 * 60 * 1000 ? `${clock}:${two(at.getSeconds())}` : clock;
}
