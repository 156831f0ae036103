const MOST_FRAMES = 12;
const MOST_CAUSES = 3;
const WORD = /^[\w.$-]{1,64}$/;
/** `    at [async ]function (file:line:column)` with a script of ours, of a package or of Node.js as the file. */
const FRAME = /^\s+at (?:([\w.$<>[\] ]{1,100}) )?\(?((?:file:\/\/|node:|\/|[A-Za-z]:\\)[^()\s]*?:\d+:\d+)\)?$/;
const SCRIPT = /^node:|^(?:dist|src|test|node_modules)[\\/].*\.[cm]?[jt]s:\d+:\d+$/;

/** An error as it is kept: messages dropped, since they may quote a path, a file name or what a file holds. */
export interface ReducedCause {
  readonly name: string;
  readonly code?: string | number;
  /** `function file:line:column`, innermost first. */
  readonly frames?: readonly string[];
  readonly cause?: ReducedCause;
}

/** Anything thrown, down to name, code and stack frames; of its causes the same. */
export function reducedCause(thrown: unknown, depth = 1): ReducedCause {
  if (!(thrown instanceof Error)) return { name: typeof thrown };
  const code = 'code' in thrown ? codeOf(thrown.code) : undefined;
  const frames = framesOf(thrown);
  const cause = thrown.cause !== undefined && depth < MOST_CAUSES ? reducedCause(thrown.cause, depth + 1) : undefined;
  return {
    name: WORD.test(thrown.name) ? thrown.name : 'Error',
    ...(code === undefined ? {} : { code }),
    ...(frames.length === 0 ? {} : { frames }),
    ...(cause === undefined ? {} : { cause }),
  };
}

function codeOf(code: unknown): string | number | undefined {
  if (typeof code === 'number') return code;
  return typeof code === 'string' && WORD.test(code) ? code : undefined;
}

/** The stack begins with the message, which may have lines that look like frames: it is cut off first. */
function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== 'string') return [];
  const at = stack.indexOf(message);
  const trace = at < 0 ? stack : stack.slice(at + message.length);
  return trace
    .split('\n')
    .map((line) => FRAME.exec(line))
    .filter((frame) => frame !== null)
    .map(([, name, path]) => ({ name, path: shortPath(path ?? '') }))
    .filter(({ path }) => SCRIPT.test(path))
    .slice(0, MOST_FRAMES)
    .map(({ name, path }) => (name === undefined ? path : `${name} ${path}`));
}

/** From the project or the package on: where it is installed says nothing. */
const shortPath = (path: string): string => path.replace(/^.*[\\/](?=(?:dist|src|test|node_modules)[\\/])/, '');
