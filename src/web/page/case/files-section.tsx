import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CaseFile } from '../../../domain/case-file.js';
import type { CaseDetailView } from '../../../workflow/case-view.js';
import { wordsOf } from '../api.js';
import { bytes, moment } from '../format.js';
import { needsFetch, saveAs } from '../save-file.js';
import { session } from '../session.js';
import { texts } from '../texts.js';
import { casePath, useLoaded } from './use-loaded.js';

const words = texts.files;
type FileView = Omit<CaseFile, 'changedAt'> & { readonly changedAt: string };

/** The files of a case, to download. */
export function Files({ kase }: { readonly kase: CaseDetailView }): JSX.Element | null {
  const now = session.value;
  if (now === null || now === 'unknown' || !now.seesPatient) return null;
  return <FileList kase={kase} />;
}

function FileList({ kase }: { readonly kase: CaseDetailView }): JSX.Element | null {
  const read = useLoaded<{ readonly files: readonly FileView[] }>(casePath(kase.id, 'files'), kase);
  const [problem, setProblem] = useState<string | null>(null);
  const files = read.value.value?.files ?? [];
  if (files.length === 0 && read.problem.value === null) return null;
  const kinds = (['dose', 'report', 'input', 'log'] as const).filter((kind) =>
    files.some((file) => file.kind === kind),
  );
  return (
    <section class="facts">
      <h2>{words.title}</h2>
      <p class="problem" role="alert">
        {problem ?? read.problem.value ?? ''}
      </p>
      <div class="panel files">
        {kinds.map((kind) => (
          <div key={kind}>
            <h3>{words.kinds[kind]}</h3>
            <ul>
              {files
                .filter((file) => file.kind === kind)
                .map((file) => (
                  <FileLine key={file.id} caseId={kase.id} file={file} failed={setProblem} />
                ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}

interface LineProps {
  readonly caseId: string;
  readonly file: FileView;
  readonly failed: (problem: string | null) => void;
}

function FileLine({ caseId, file, failed }: LineProps): JSX.Element {
  const address = casePath(caseId, 'files', encodeURIComponent(file.id));
  const save = (event: Event): void => {
    if (!needsFetch()) return;
    event.preventDefault();
    failed(null);
    saveAs(address, file.name).catch((thrown: unknown) => {
      failed(wordsOf(thrown));
    });
  };
  return (
    <li>
      <a href={address} download={file.name} onClick={save}>
        {nameOf(file, caseId)}
      </a>
      <small>
        {bytes(file.bytes)}, {moment(file.changedAt)}
      </small>
    </li>
  );
}

/** What it is, rather than how the file is called; the case is known here. */
const nameOf = ({ name }: FileView, caseId: string): string =>
  name.startsWith(`${caseId}.`) ? name.slice(caseId.length + 1) : name;
