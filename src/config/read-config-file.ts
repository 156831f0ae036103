import { readFileSync } from 'node:fs';
import { LineCounter, isMap, isNode, isScalar, parseDocument, type Document } from 'yaml';
import { ConfigError } from './config-problem.js';

/** Values of a configuration file, with the lines they stand on. */
export interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>;
  /** `FILE:LINE` of the nearest thing to this path that the file holds. */
  whereIs(path: readonly PropertyKey[]): string;
}

/**
 * Reads a YAML file whose top level is a mapping; an empty one counts as such. Null when there is no such file and
 * `optional`.
 * @throws ConfigError naming the file and, for mistakes of syntax, each line
 */
export function readConfigFile(path: string, shownAs: string, optional: boolean): ConfigFile | null {
  const text = readText(path, shownAs, optional);
  if (text === null) return null;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message, pos }) =>
      fileProblem(`is not valid YAML: ${message}`, `${shownAs}:${String(lines.linePos(pos[0]).line)}`),
    );
    throw new ConfigError(problems, shownAs);
  }
  if (document.contents !== null && !isMap(document.contents) && !isEmpty(document)) {
    throw new ConfigError([fileProblem('must hold keys with values, as config/mqi.yaml does', shownAs)], shownAs);
  }
  const values: unknown = document.toJS();
  return {
    values: (values ?? {}) as Record<string, unknown>,
    whereIs: (at) => `${shownAs}:${String(lineOf(document, lines, at))}`,
  };
}

const fileProblem = (rule: string, where: string): ConfigError['problems'][number] => ({
  key: '',
  value: null,
  rule: `the configuration file ${rule}`,
  nearest: null,
  where,
});

function readText(path: string, shownAs: string, optional: boolean): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT' && optional) return null;
    const why: Record<string, string> = {
      ENOENT: 'does not exist',
      EACCES: 'may not be read by this user',
      EISDIR: 'is a folder',
    };
    throw new ConfigError([fileProblem(why[code] ?? `cannot be read (${code})`, shownAs)], shownAs);
  }
}

const isEmpty = ({ contents }: Document): boolean => isScalar(contents) && contents.value === null;

/** Of the value at the path or, where the file has none, of the nearest thing around it. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path[depth - 1])
      : undefined;
    const node = isNode(pair?.key) ? pair.key : document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
