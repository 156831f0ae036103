import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { CommandEnd } from '../../ports/host.js';
import { errorCode } from './host-failure.js';
import { anyProcess } from './proc-stat.js';
import { StartFailure, type LastingStart, type ProcessStarter, type StartedProcess } from './process-starter.js';
import { runCommand } from './run-command.js';

/** Starts programs as children of this process: each start copies the tables of all memory that it has (fork). */
export class OwnStarter implements ProcessStarter {
  async start({ argv, folder, env, logPath }: LastingStart, onExit: () => void): Promise<StartedProcess> {
    const [program = '', ...args] = argv;
    const log = openLog(logPath);
    try {
      const child = spawn(program, args, { cwd: folder, detached: true, stdio: ['ignore', log, log], env });
      const failed = new Promise<never>((_, reject) => {
        child.once('error', reject);
      });
      child.once('exit', onExit);
      child.unref();
      // Before we return to the event loop an ended child cannot have been collected: this is our process, surely.
      const stat = child.pid === undefined ? null : anyProcess(child.pid);
      if (stat === null) return await failed;
      failed.catch(() => undefined); // once started, the only errors are of signals and messages we never send through it
      return { pid: stat.pid, startTicks: stat.startTicks };
    } catch (thrown) {
      throw new StartFailure('process', errorCode(thrown), { cause: thrown });
    } finally {
      closeSync(log);
    }
  }

  run(argv: readonly string[], env: Readonly<Record<string, string>>, limitMs: number): Promise<CommandEnd> {
    return runCommand(argv, env, limitMs);
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o640);
  } catch (thrown) {
    throw new StartFailure('log', errorCode(thrown), { cause: thrown });
  }
}
