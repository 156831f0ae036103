import { readdirSync, readFileSync } from 'node:fs';

/** A process of an engine that was started on a root. */
export interface EngineProcess {
  readonly pid: number;
  /** The shell that records the exit code; the others are the engine itself. */
  readonly isWrapper: boolean;
}

/** Those that live now; told by the job folder in their environment, so that no other process is ever taken for one. */
export function engineProcesses(rootPath: string): readonly EngineProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        if (!environment.includes(`MQI_JOB_FOLDER=${rootPath}/`)) return [];
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' ? [] : [{ pid: Number(name), isWrapper: processGroup === name }];
      } catch {
        return []; // it has ended since the folder was listed, or belongs to somebody else
      }
    });
}
