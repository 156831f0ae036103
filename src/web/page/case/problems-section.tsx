import type { JSX } from 'preact';
import type { CaseDetailView } from '../../../workflow/case-view.js';
import type { Failure } from '../../../domain/errors.js';
import { moment } from '../format.js';
import { texts } from '../texts.js';

const words = texts.problems;

interface Trouble {
  readonly where: string;
  readonly error: Failure;
  readonly at: string | null;
}

/** What is wrong with which beam, each with what to do; nothing where all is well. */
export function Problems({ kase }: { readonly kase: CaseDetailView }): JSX.Element | null {
  const troubles = troublesOf(kase);
  if (troubles.length === 0) return null;
  return (
    <section class="facts">
      <h2>{words.title}</h2>
      <ul class="troubles">
        {troubles.map(({ where, error, at }, i) => (
          <li key={i}>
            <p>
              <strong>{where}</strong> {error.message} <code>{error.code}</code>
              {at !== null && <small> {moment(at)}</small>}
            </p>
            <p class="remedy">
              <span>{words.remedy}</span> {error.remedy}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Of its beams: the case's own stands in its head. */
function troublesOf({ beams, attempts }: CaseDetailView): readonly Trouble[] {
  return beams.flatMap(({ number, name, error }): Trouble[] => {
    if (error === null) return [];
    const last = attempts.filter(({ beamNumber, error: one }) => beamNumber === number && one !== null).at(-1);
    return [{ where: words.beam(number, name), error, at: last?.finishedAt ?? null }];
  });
}
