/** A command template of the predecessor, without its shell. */
export type SplitCommand =
  | {
      readonly ok: true;
      /** The program first; never empty. */
      readonly argv: readonly string[];
      /** Of a leading `cd FOLDER &&`. */
      readonly folder: string | null;
      /** Of a trailing `> FILE 2>&1`: what a program prints is kept by the service anyway. */
      readonly output: string | null;
    }
  | { readonly ok: false; readonly why: string };

const FOLDER = /^cd\s+("[^"]*"|'[^']*'|[^\s"'&|;]+)\s*&&\s*/;
const OUTPUT = /\s*(?:&>|>)\s*("[^"]*"|'[^']*'|[^\s"'&|;<>]+)(?:\s+2>&1)?\s*$/;
/** What only a shell understands; quotes make most of it plain, but not in double quotes. */
const SHELL = /[|&;<>()`$*?~#!\n]|^\w+=/;
const SHELL_IN_QUOTES = /[`$\\!]/;

const unquoted = (text: string): string => (/^["']/.test(text) ? text.slice(1, -1) : text);

/**
 * Splits a template into a list of arguments, as a shell would split it, and refuses what needs a shell. The two things
 * the predecessor's templates did with one for nothing else, a folder to start in and a file for the output, are told.
 */
export function splitCommand(template: string): SplitCommand {
  const folder = FOLDER.exec(template.trim());
  const rest = template.trim().slice(folder?.[0].length ?? 0);
  const output = OUTPUT.exec(rest);
  const command = output === null ? rest : rest.slice(0, output.index);
  const argv = words(command);
  if (typeof argv === 'string') return { ok: false, why: argv };
  if (argv.length === 0) return { ok: false, why: 'it names no program' };
  const told = (found: RegExpExecArray | null): string | null => (found?.[1] === undefined ? null : unquoted(found[1]));
  return { ok: true, argv, folder: told(folder), output: told(output) };
}

/** Blanks between words, or a part of a word: in single quotes, in double ones, one escaped character, or bare. */
const PART = /\s+|'(?<single>[^']*)'|"(?<double>[^"]*)"|\\(?<escaped>.)|(?<bare>[^\s'"\\]+)/gsy;

/** The words, or why a shell would be needed. */
function words(command: string): readonly string[] | string {
  const parts = [...command.matchAll(PART)];
  const read = parts.reduce((length, [whole]) => length + whole.length, 0);
  if (read < command.length) return `a quote is not closed: ${command.slice(read, read + 20)}`;
  const shell = parts.find(({ groups }) => needsShell(groups));
  if (shell !== undefined) return `it needs a shell: ${shell[0]}`;
  const found: string[][] = [[]];
  for (const { groups = {} } of parts) {
    const text = groups['single'] ?? groups['double'] ?? groups['escaped'] ?? groups['bare'];
    if (text === undefined) found.push([]);
    else found.at(-1)?.push(text);
  }
  return found.filter((word) => word.length > 0).map((word) => word.join(''));
}

const needsShell = (groups: Readonly<Record<string, string | undefined>> = {}): boolean =>
  SHELL_IN_QUOTES.test(groups['double'] ?? '') || SHELL.test(groups['bare'] ?? '');
