import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CommandEnd } from '../../ports/host.js';
import { OwnStarter } from './own-starter.js';
import { StartFailure, type LastingStart, type ProcessStarter, type StartedProcess } from './process-starter.js';
import type { Asked, Question, Told } from './starter-messages.js';

interface StarterTimes {
  /** After one has died: a machine short of memory or processes is not asked for another at each start. */
  readonly anotherAfterMs: number;
  /** Beyond its limit a command is the starter's own to answer for; one that is silent for longer hangs. */
  readonly silentMs: number;
}

const TIMES: StarterTimes = { anotherAfterMs: 10_000, silentMs: 2_000 };

/** Takes what is told of one question; null: the starter is gone. True: there is more to come. */
type Listener = (told: Told | null) => boolean;

/**
 * Starts programs by a small process of ours: fork(2) copies the tables of all memory the parent has, which is 3 ms of
 * standstill at each start from a service of 150 MB, and a beam takes three of them (docs/adr/0260).
 *
 * Nothing depends on it. While it is not there (at first, or after it was killed) this process starts programs itself. One
 * that hangs, as on a share that does not answer, is killed. If it dies in the midst of a start nobody can say whether the program runs: the start has failed, like any after which
 * something may run, and who asked looks (the claim of direct-scheduler.ts). Of what it had started before, the end is not
 * told any more, and is seen by its files.
 */
export class StarterProcess implements ProcessStarter {
  readonly #own = new OwnStarter();
  #child: ChildProcess | null = null;
  #isReady = false;
  #nextAtMs = 0;
  #lastId = 0;
  /** By number of the question, until the last message to it. */
  readonly #listeners = new Map<number, Listener>();

  /** @param environment all that the starter itself has */
  constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly times = TIMES,
  ) {}

  /** Its pid while it can be asked, else null. */
  get pid(): number | null {
    return this.#isReady ? (this.#child?.pid ?? null) : null;
  }

  start(start: LastingStart, onExit: () => void): Promise<StartedProcess> {
    if (!this.#mayAsk()) return this.#own.start(start, onExit);
    return new Promise((resolve, reject) => {
      this.#ask({ ask: 'start', start }, (told) => {
        if (told?.tell === 'started') resolve(told.process);
        // Both may come in one turn: whoever asked hears of the start first.
        else if (told?.tell === 'exited') setImmediate(onExit);
        else if (told?.tell === 'not-started') reject(new StartFailure(told.phase, told.code));
        else reject(new StartFailure('process', 'EPIPE'));
        return told?.tell === 'started';
      });
    });
  }

  run(argv: readonly string[], env: Readonly<Record<string, string>>, limitMs: number): Promise<CommandEnd> {
    if (!this.#mayAsk()) return this.#own.run(argv, env, limitMs);
    const child = this.#child;
    return new Promise((resolve) => {
      let tellGone: () => void = () => undefined;
      const gone = new Promise<void>((ended) => {
        tellGone = ended;
      });
      const hangs = setTimeout(() => {
        // Its answer may be here, unread: then it comes before this.
        setImmediate(() => {
          if (!isAnswered) this.#discard(child);
        });
      }, limitMs + this.times.silentMs);
      hangs.unref();
      let isAnswered = false;
      const answer = (end: CommandEnd): void => {
        isAnswered = true;
        clearTimeout(hangs);
        resolve(end);
      };
      this.#ask({ ask: 'run', argv, env, limitMs }, (told) => {
        const end = told?.tell === 'end' ? told.end : null;
        if (end?.how === 'too-late') {
          answer({ how: 'too-late', gone });
          return true;
        }
        tellGone(); // if the starter was lost nobody will ever know
        answer(end ?? { how: 'broken', reason: 'who ran it was ended' });
        return false;
      });
    });
  }

  #mayAsk(): boolean {
    if (this.#child === null && performance.now() >= this.#nextAtMs) this.#launch();
    return this.#isReady;
  }

  #launch(): void {
    this.#nextAtMs = performance.now() + this.times.anotherAfterMs;
    const child = launched(this.environment);
    if (child === null) return;
    child.on('message', (told: Told) => {
      if (this.#child === child) this.#hear(told);
    });
    for (const event of ['error', 'exit', 'disconnect'] as const) {
      child.on(event, () => {
        this.#lose(child);
      });
    }
    child.unref();
    child.channel?.unref();
    this.#child = child;
  }

  #discard(child: ChildProcess | null): void {
    child?.kill('SIGKILL');
    this.#lose(child);
  }

  #lose(child: ChildProcess | null): void {
    if (child === null || this.#child !== child) return;
    this.#child = null;
    this.#isReady = false;
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    for (const listener of listeners) listener(null);
  }

  #hear(told: Told): void {
    if (told.tell === 'ready') {
      this.#isReady = true;
      return;
    }
    const isMore = this.#listeners.get(told.id)?.(told) ?? false;
    if (!isMore) this.#listeners.delete(told.id);
  }

  #ask(question: Question, listener: Listener): void {
    const id = ++this.#lastId;
    this.#listeners.set(id, listener);
    // That a message did not get there is told by 'disconnect'.
    this.#child?.send({ id, ...question } satisfies Asked, () => undefined);
  }
}

/** Null where the machine has not enough for another process. */
function launched(env: Readonly<Record<string, string>>): ChildProcess | null {
  try {
    return fork(fileURLToPath(new URL('./starter-main.js', import.meta.url)), [], {
      env,
      execArgv: [],
      detached: true, // signals of a terminal are not for it
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  } catch {
    return null; // ENOMEM and the like; this process then starts programs itself, and tells what keeps it from that
  }
}
