import type { JSX } from 'preact';
import type { CaseFile } from '../../../domain/case-file.js';
import type { CaseDetailView } from '../../../workflow/case-view.js';
import { bytes, moment } from '../format.js';
import { seesPatients } from '../session.js';
import { texts } from '../texts.js';
import { casePath, useLoaded } from './use-loaded.js';

const words = texts.files;
type FileView = Omit<CaseFile, 'changedAt'> & { readonly changedAt: string };

/** The files of a case, to download. */
export function Files({ kase }: { readonly kase: CaseDetailView }): JSX.Element | null {
  return seesPatients.value ? <FileList kase={kase} /> : null;
}

function FileList({ kase }: { readonly kase: CaseDetailView }): JSX.Element | null {
  const read = useLoaded<{ readonly files: readonly FileView[] }>(casePath(kase.id, 'files'), kase);
  const files = read.value.value?.files ?? [];
  if (files.length === 0 && read.problem.value === null) return null;
  const kinds = (['dose', 'report', 'input', 'log'] as const).filter((kind) =>
    files.some((file) => file.kind === kind),
  );
  return (
    <section class="facts">
      <h2>{words.title}</h2>
      <p class="problem" role="alert">
        {read.problem.value ?? ''}
      </p>
      <div class="panel files">
        {kinds.map((kind) => (
          <div key={kind}>
            <h3>{words.kinds[kind]}</h3>
            <ul>
              {files
                .filter((file) => file.kind === kind)
                .map((file) => (
                  <FileLine key={file.id} caseId={kase.id} file={file} />
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
}

/** A plain link, however large the file: the browser sends the session along and writes to the disk as it reads. */
function FileLine({ caseId, file }: LineProps): JSX.Element {
  return (
    <li>
      <a href={casePath(caseId, 'files', encodeURIComponent(file.id))} download={file.name}>
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
