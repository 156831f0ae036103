import { signal, type ReadonlySignal } from '@preact/signals';
import type { LogPart } from '../../../../ports/log-reader.js';
import { wordsOf } from '../../api.js';

const ASK_AGAIN_MS = 1000;
/** More lines than this the page does not keep: the file can be downloaded. */
const MOST_LINES = 5000;

export interface LogFollower {
  readonly lines: ReadonlySignal<readonly string[]>;
  readonly problem: ReadonlySignal<string | null>;
  /** Reads what has come since, again and again, until it is stopped; goes on where it was. */
  follow(): void;
  stop(): void;
}

/**
 * Follows a log by asking for what comes after the place reached. One question at a time: the next is put off until the last is
 * answered, so lines keep their order and none is shown twice. Rests while nobody sees the page.
 * @param part what comes after a place (null: the last lines there are)
 */
export function logFollower(part: (after: string | null) => Promise<LogPart>): LogFollower {
  const lines = signal<readonly string[]>([]);
  const problem = signal<string | null>(null);
  let place: string | null = null;
  let following = 0;
  const readOnce = async (): Promise<boolean> => {
    if (document.hidden) return false;
    try {
      const read = await part(place);
      // A log that is not there yet has no place: its first lines come with a later question.
      place = read.next ?? place;
      if (read.lines.length > 0) lines.value = [...lines.value, ...read.lines].slice(-MOST_LINES);
      problem.value = null;
      return read.more;
    } catch (thrown) {
      problem.value = wordsOf(thrown);
      return false;
    }
  };
  const readOn = async (mine: number): Promise<void> => {
    while (following === mine) {
      const more = await readOnce();
      if (!more) await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  };
  return {
    lines,
    problem,
    follow: () => {
      following += 1;
      void readOn(following);
    },
    stop: () => {
      following += 1;
    },
  };
}
