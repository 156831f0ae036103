import type { JSX } from 'preact';
import type { CaseDetailView } from '../../../workflow/case-view.js';
import { moment } from '../format.js';
import { texts } from '../texts.js';
import { troublesOf } from './troubles.js';

const words = texts.problems;

/** What is wrong with which beam, each with what to do where the head does not say it; nothing where all is well. */
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
              <strong>{where}:</strong> {error.message} <code>{error.code}</code>
              {at !== null && <small> {moment(at)}</small>}
            </p>
            {error.remedy !== kase.error?.remedy && (
              <p class="remedy">
                <span>{words.remedy}</span> {error.remedy}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
