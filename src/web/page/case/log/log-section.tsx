import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { LogPart } from '../../../../ports/log-reader.js';
import type { CaseDetailView } from '../../../../workflow/case-view.js';
import { askJson } from '../../api.js';
import { Folded } from '../../elements/folded.js';
import { seesPatients } from '../../session.js';
import { texts } from '../../texts.js';
import { casePath } from '../use-loaded.js';
import { logFollower } from './log-follower.js';
import { logWords } from './log-words.js';

const words = texts.logs;

/** A log, as the service is asked for it. */
interface Source {
  readonly query: string;
  readonly name: string;
}

/** The log of the case and what its programs printed, followed until it is paused. Closed until somebody wants it. */
export function Logs({ kase }: { readonly kase: CaseDetailView }): JSX.Element {
  return (
    <Folded title={words.title}>
      <LogViewer kase={kase} />
    </Folded>
  );
}

function LogViewer({ kase }: { readonly kase: CaseDetailView }): JSX.Element {
  const [query, setQuery] = useState('source=case');
  const [follows, setFollows] = useState(true);
  const follower = useMemo(
    () => logFollower((after) => askJson<LogPart>(`${casePath(kase.id, 'log')}?${query}${fromPart(after)}`)),
    [kase.id, query],
  );
  useEffect(() => {
    if (!follows) return undefined;
    follower.follow();
    return () => {
      follower.stop();
    };
  }, [follower, follows]);
  return (
    <div class="panel log">
      <div class="panel-head">
        <SourceChoice sources={sourcesOf(kase, seesPatients.value)} query={query} choose={setQuery} />
        <button
          type="button"
          aria-pressed={follows}
          onClick={() => {
            setFollows(!follows);
          }}
        >
          {follows ? words.pause : words.follow}
        </button>
        <span class="fine">{follows ? words.following : words.paused}</span>
      </div>
      {follower.problem.value !== null && <p class="problem">{follower.problem.value}</p>}
      <Lines lines={follower.lines.value} follows={follows} />
    </div>
  );
}

interface ChoiceProps {
  readonly sources: readonly Source[];
  readonly query: string;
  readonly choose: (query: string) => void;
}

function SourceChoice({ sources, query, choose }: ChoiceProps): JSX.Element {
  return (
    <label class="check">
      {words.source}
      <select
        value={query}
        onChange={(event) => {
          choose(event.currentTarget.value);
        }}
      >
        {sources.map(({ query: one, name }) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

const fromPart = (after: string | null): string => (after === null ? '' : `&from=${encodeURIComponent(after)}`);

/** Keeps to the end while it follows. */
function Lines({ lines, follows }: { readonly lines: readonly string[]; readonly follows: boolean }): JSX.Element {
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follows]);
  return (
    <pre class="log-lines" ref={box} tabIndex={0} role="log" aria-label={words.lines} aria-live="off">
      {lines.length === 0 ? words.nothing : lines.map(logWords).join('\n')}
    </pre>
  );
}

/** The case's own log; of each beam the output of its attempts, newest first; and a site's own interpreter's. */
function sourcesOf({ beams }: CaseDetailView, seesPatient: boolean): readonly Source[] {
  const kase = { query: 'source=case', name: words.ofCase };
  if (!seesPatient) return [kase];
  const engines = beams.flatMap(({ number, attempt }) =>
    Array.from({ length: Math.min(attempt, 10) }, (_, i) => ({
      query: `source=engine&beam=${String(number)}&attempt=${String(attempt - i)}`,
      name: words.ofEngine(number, attempt - i),
    })),
  );
  return [kase, ...engines, { query: 'source=interpreter', name: words.ofInterpreter }];
}
