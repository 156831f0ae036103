import 'reflect-metadata';
import { userInfo } from 'node:os';
import { EXIT } from './cli/exit-code.js';
import { requireSqlite } from './adapters/database/sqlite-module.js';
import { narrowUmask } from './cli/own-umask.js';
import { runProgram } from './cli/run-program.js';
import { readSecret } from './cli/terminal/read-secret.js';
import type { Wiring } from './cli/command-context.js';
import type { Settings } from './ports/settings.js';

/** Who asks, for the history: the login name, or the number of the user where it has none. */
function actor(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // No entry in the user database, as in some containers: the number is all there is.
    return `cli:${String(process.getuid?.() ?? 'unknown')}`;
  }
}

// Loaded when needed only: most commands of a script's loop should not pay for the web server and the like.
const wiring: Wiring = {
  build: async (settings) => {
    await prepare(settings);
    return (await import('./container.js')).buildContainer(settings);
  },
  runService: async (settings, run) => {
    await prepare(settings);
    return (await import('./main.js')).runService(settings, run);
  },
};

async function prepare(settings: Settings): Promise<void> {
  narrowUmask(settings);
  await requireSqlite();
}

const MIN_COLUMNS = 60;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for an orderly end; what was committed stays.
    if (interrupted.signal.aborted) process.exit(EXIT.failed);
    interrupted.abort(new Error(signal));
  });
}
// A reader that went away (`mqi logs | head`) ends the command; there is nobody left to tell.
process.stdout.on('error', () => {
  interrupted.abort(new Error('stdout was closed'));
});

// Timers of waits do not keep a process alive: a command that only waits (a cancel, for its engines to end) would be over.
const alive = setInterval(() => undefined, 2 ** 30);
process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: {
    out: (text) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    err: (text) => process.stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    // A terminal that does not tell its width gives 0.
    columns: process.stdout.isTTY ? Math.max(process.stdout.columns, MIN_COLUMNS) : Infinity,
    interactive: process.stdout.isTTY,
  },
  signal: interrupted.signal,
  actor: actor(),
  cwd: process.cwd(),
  readSecret: (prompt) => readSecret(process.stdin, (text) => process.stderr.write(text), prompt),
  env: process.env,
  now: Date.now,
  wiring,
});
clearInterval(alive);
