/** A file of a far folder: its path below it, with `/` between segments. */
export interface RemoteFile {
  readonly path: string;
  readonly bytes: number;
}

/** A file of ours, and its name there. */
export interface FileToSend {
  readonly from: string;
  readonly to: string;
  readonly sha256: string;
}

/**
 * Files of a machine that does not see our disk. Every call rejects with transient `host.unreachable` when the connection
 * drops; nobody ever sees half a file, so each may be repeated.
 */
export interface RemoteFiles {
  /** With the folders above it; content if it is there. */
  makeFolder(path: string): Promise<void>;
  /** SHA-256 as lower-case hex; null when there is no such file. */
  sha256(path: string): Promise<string | null>;
  /** Stores our file there, whole or not at all. Throws transient `host.damaged` when what arrived is not what was sent. */
  send(from: string, to: string, sha256: string, signal: AbortSignal): Promise<void>;
  /** As `send`, many small files one after the other in one stream; those that arrived before a failure stay. */
  sendMany(files: readonly FileToSend[], signal: AbortSignal): Promise<void>;
  /** Brings a file from there, whole or not at all. Throws transient `host.damaged` when what arrived is not what lies there. */
  fetch(from: string, to: string, sha256: string, signal: AbortSignal): Promise<void>;
  /** The file under a second name, whose folder is made; the first one stays. */
  link(from: string, to: string): Promise<void>;
  /** All regular files below the folder; null when there is none. */
  list(folder: string): Promise<readonly RemoteFile[] | null>;
  /** The folder with all in it; content if it is not there. */
  remove(folder: string): Promise<void>;
  /** Removes files below the folder that were not touched for so many days, and folders left empty. */
  sweep(folder: string, days: number): Promise<void>;
}
