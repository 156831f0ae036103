import type { BeamView, CaseDetailView } from '../../workflow/case-view.js';
import { durationWords } from '../terminal/duration-words.js';
import { localTimes } from '../terminal/local-times.js';
import { plainText } from '../terminal/plain-text.js';
import { progressBar } from '../terminal/progress-bar.js';
import { padText } from '../terminal/text-width.js';

/** Below this an estimate would only jump about. */
const LEAST_PERCENT = 12;

/** Time left by what was done so far; null while it cannot be told. */
export function timeLeftMs(percent: number, elapsedMs: number): number | null {
  if (percent < LEAST_PERCENT || percent >= 100) return null;
  return (elapsedMs * (100 - percent)) / percent;
}

/** The live picture: the case, a bar for each beam, time left, the address of the page. */
export function demoPicture(view: CaseDetailView, elapsedMs: number, page: string | null): string {
  const left = timeLeftMs(view.progress, elapsedMs);
  const times = `${durationWords(elapsedMs)} so far${left === null ? '' : `, about ${durationWords(left)} left`}`;
  const names = Math.max(4, ...view.beams.map(({ name }) => name.length));
  return [
    `case ${view.id}  ${progressBar(view.progress)}  ${plainText(localTimes(view.status))}`,
    ...view.beams.map((beam) => beamLine(beam, names)),
    times,
    ...(page === null ? [] : [`live page: ${page}`]),
  ].join('\n');
}

function beamLine({ number, name, gantryAngleDeg, spots, progress, state }: BeamView, width: number): string {
  const what = `${padText(plainText(name), width)}  gantry ${padText(`${String(gantryAngleDeg)}°`, 5, 'right')}`;
  return `  beam ${String(number)}  ${what}  ${String(spots).padStart(5)} spots  ${progressBar(progress)}  ${state}`;
}

/** For output that is no terminal: one line that changes only when something worth a line happened. */
export function demoLine(view: CaseDetailView): string {
  const beams = view.beams.map(({ number, state }) => `beam ${String(number)} ${state}`).join(', ');
  return `${plainText(localTimes(view.status))}${beams === '' ? '' : ` (${beams})`}`;
}
