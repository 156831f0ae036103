import { join, relative, sep } from 'node:path';

/** The same folder, as we see it and as the other machine does. Both absolute. */
export interface SamePlace {
  readonly here: string;
  readonly there: string;
}

export interface HostPathRules {
  /** Our root. */
  readonly root: string;
  /** Folder of ours on the machine, absolute there; null: it sees our disk, or what is needed of it. */
  readonly workDir: string | null;
  /** A file system that both see: nothing below it is copied. */
  readonly sharedFolder: SamePlace | null;
  /** Where programs and their files lie that are installed on both. */
  readonly installed: readonly SamePlace[];
}

/** Names of files as the machine knows them on which a job runs. Paths only; nothing here touches a disk. */
export class HostPaths {
  constructor(private readonly rules: HostPathRules) {}

  /** True when the machine sees this file of ours. */
  isShared(path: string): boolean {
    const { workDir, sharedFolder } = this.rules;
    return workDir === null || (sharedFolder !== null && below(sharedFolder.here, path) !== null);
  }

  /**
   * A path of ours as the machine knows it: on a shared file system, below its work folder for what lies below our root,
   * in its place for what is installed, else unchanged.
   */
  there(path: string): string {
    return moved(path, this.#places());
  }

  /** A program, or a file of it, as the machine knows it: nobody brings it there, also where it lies below our root. */
  installedThere(path: string): string {
    const { sharedFolder, installed } = this.rules;
    return moved(path, sharedFolder === null ? installed : [sharedFolder, ...installed]);
  }

  /** The other way round. */
  here(path: string): string {
    return moved(
      path,
      this.#places().map(({ here, there }) => ({ here: there, there: here })),
    );
  }

  /** True for the folder of a job, as the machine names it, that lies where these rules would put it. */
  holds(there: string): boolean {
    const path = this.here(there);
    return below(this.rules.root, path) !== null && this.there(path) === there;
  }

  /** Where contents are kept there by hash; null when nothing is copied. */
  blobs(): string | null {
    return this.rules.workDir === null ? null : join(this.rules.workDir, 'blobs');
  }

  #places(): readonly SamePlace[] {
    const { root, workDir, sharedFolder, installed } = this.rules;
    const shared = sharedFolder === null ? [] : [sharedFolder];
    const own = workDir === null ? [] : [{ here: root, there: join(workDir, 'root') }];
    return [...shared, ...own, ...installed];
  }
}

/** The path in the first of these places that it lies in; else unchanged. */
function moved(path: string, places: readonly SamePlace[]): string {
  for (const { here, there } of places) {
    const rest = below(here, path);
    if (rest !== null) return join(there, rest);
  }
  return path;
}

/** The path from the folder on; null when it does not lie in it. */
function below(folder: string, path: string): string | null {
  const rest = relative(folder, path);
  return rest === '..' || rest.startsWith(`..${sep}`) || rest.startsWith(sep) ? null : rest;
}
