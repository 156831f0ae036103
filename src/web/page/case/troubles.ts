import type { CaseDetailView } from '../../../workflow/case-view.js';
import type { Failure } from '../../../domain/errors.js';
import { texts } from '../texts.js';

/** What is wrong with which beams, since when. */
export interface Trouble {
  readonly where: string;
  readonly error: Failure;
  readonly at: string | null;
}

const isSame = (a: Failure, b: Failure): boolean => a.message === b.message && a.remedy === b.remedy;

/** Of its beams, each once for all that it stops: the case's own stands in its head. */
export function troublesOf({ beams, attempts }: Pick<CaseDetailView, 'beams' | 'attempts'>): readonly Trouble[] {
  const all = beams.flatMap(({ number, name, error }): Trouble[] => {
    if (error === null) return [];
    const last = attempts.filter(({ beamNumber, error: one }) => beamNumber === number && one !== null).at(-1);
    return [{ where: texts.problems.beam(number, name), error, at: last?.finishedAt ?? null }];
  });
  return all
    .filter(({ error }, i) => all.findIndex((one) => isSame(one.error, error)) === i)
    .map((first) => ({
      ...first,
      where: all
        .filter((one) => isSame(one.error, first.error))
        .map(({ where }) => where)
        .join(', '),
    }));
}

/** The status of a held case ends with the remedy, which stands beside it. */
export const withoutRemedy = (status: string, { remedy }: Pick<Failure, 'remedy'>): string =>
  status.replace(`; ${remedy}`, '');
