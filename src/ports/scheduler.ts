import { Token } from 'typedi';
import type { JobHandle } from '../domain/beam.js';

/** A process to be run for one attempt of one beam. Never a shell string. */
export interface JobRequest {
  /** Name of the host that is to run it; needed where there are several. */
  readonly host?: string;
  /** Fresh for each attempt; made if missing. job.json, engine.log, exit.code are written in it. */
  readonly folder: string;
  /** Program and arguments; paths in them as the host knows them (`EngineRequest.there`). */
  readonly argv: readonly string[];
  /** Files of ours, absolute, that the job reads besides those in its folder: brought to a host that does not see them. */
  readonly inputs?: readonly string[];
  /** Added to a small clean environment. */
  readonly env: Readonly<Record<string, string>>;
  /** For CUDA_VISIBLE_DEVICES; empty for a CPU place. */
  readonly gpuUuids: readonly string[];
}

export type JobExit =
  | { readonly how: 'exited'; readonly code: number }
  /** Killed by a signal, or its machine rebooted, before it could record an exit code. */
  | { readonly how: 'vanished'; readonly reason: string };

/** What a waiting caller hears of. */
export interface JobObserver {
  /**
   * Complete lines of the job's output, in order, each once per `wait`; a re-attached wait starts at the first line. Of
   * what is still unread when the job has ended, the first 64 MiB.
   */
  onLine(line: string): void;
  /** What a job waits for that was taken but has not begun, in words; null once it runs. Told when it changes. */
  onWaiting?(words: string | null): void;
  /**
   * The job has ended: its place may be looked at and given on, whatever `wait` still does (ending what the job left behind,
   * bringing its results). Told before `wait` resolves, once or more often; not after it was aborted.
   */
  onOver?(): void;
}

export interface JobLimits {
  /** Wall time since the job's start; then it is killed and `engine.timeout` thrown (transient). */
  readonly timeoutMs: number;
  /** No output and no CPU time used for this long: killed, `engine.stalled` (transient). */
  readonly stallMs: number;
  /**
   * Its output may become this large, bytes; then it is killed at once, the middle of its output is taken out, and
   * `engine.log-flood` thrown (transient). Without it, it may have any size.
   */
  readonly maxLogBytes?: number;
}

/** Submits, follows and ends jobs that outlive the service. */
export interface Scheduler {
  /** A path of ours as jobs on this host see it; without it, unchanged. */
  there?(host: string, path: string): string;
  /** The same of a program or a file of it, which nobody brings there. */
  installedThere?(host: string, path: string): string;
  /** Rejects while no job can be given to this host (`host.unreachable`, transient); without it, one always can. */
  ready?(host: string): Promise<void>;
  /**
   * Brings files of ours, absolute, to this host, where a `submit` to come finds them; nothing where jobs see ours. Rejects
   * as `submit` does for its inputs, and on abort. Without it, `submit` brings all.
   */
  bringAhead?(host: string, files: readonly string[], signal: AbortSignal): Promise<void>;
  /**
   * Removes from other machines what was brought there and not used for long, at most once a day, however often it is
   * called. Never rejects: what cannot be removed now is left for a later call.
   */
  tidy?(): Promise<void>;
  /** Idempotent by folder: a folder that already holds a job gives its handle and starts nothing. */
  submit(request: JobRequest): Promise<JobHandle>;
  /** The handle of the job in this folder, if one was ever started there. Resolves a lost answer of `submit`. */
  find(folder: string): Promise<JobHandle | null>;
  /**
   * Resolves as soon as the job has ended, however it ended, also if that was while nobody waited. Aborting rejects with
   * the signal's reason and leaves the job running.
   */
  wait(job: JobHandle, limits: JobLimits, observer: JobObserver, signal: AbortSignal): Promise<JobExit>;
  /** False once no process of the job is left. */
  isRunning(job: JobHandle): Promise<boolean>;
  /** SIGTERM to the process group, SIGKILL after the grace time; resolves when the group is gone. No-op if it is. */
  kill(job: JobHandle, graceMs: number): Promise<void>;
}
export const Scheduler = new Token<Scheduler>('Scheduler');
