import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** Harm done to a delivery from inside its process, at a call of the file system that concerns a part file or its folder. */
export interface Sabotage {
  readonly stage: 'writing' | 'flushing' | 'reading back' | 'naming' | 'named';
  /** In stages of many calls: the first call after so many bytes. */
  readonly afterBytes: number;
  /**
   * `error`: the call fails with EIO. `lose`: a write is said to be done and is not. `twice`: it is done twice. `truncate`: the
   * file loses its end. `gone`: the mount goes away. `read-only`: it becomes so. `delay`: the call comes late. `kill`: SIGKILL.
   */
  readonly how: 'error' | 'lose' | 'twice' | 'truncate' | 'gone' | 'read-only' | 'delay' | 'kill';
  /** The mount that goes away or becomes read-only. */
  readonly mount: string;
}

type Call = (...args: unknown[]) => Promise<unknown>;

let done = false;

/** Has the harm done once; says so on standard output as it is done. */
export async function sabotaged(sabotage: Sabotage): Promise<void> {
  const probe = await open('/dev/null', 'r');
  const prototype = Object.getPrototypeOf(probe) as Record<string, Call>;
  await probe.close();
  const stages = { write: 'writing', sync: 'flushing', read: 'reading back' } as const;
  for (const [name, stage] of Object.entries(stages)) {
    if (stage === sabotage.stage) meet(prototype, name, sabotage);
  }
  if (sabotage.stage !== 'naming' && sabotage.stage !== 'named') return;
  const { rename } = fs.promises;
  fs.promises.rename = async (from, to) => {
    if (!String(to).endsWith('.dcm')) return rename(from, to);
    if (sabotage.stage === 'naming') await struck(sabotage, () => rename(from, to), null);
    else await rename(from, to).then(() => struck(sabotage, () => Promise.resolve(), null));
  };
  syncBuiltinESMExports();
}

function meet(prototype: Record<string, Call>, name: string, sabotage: Sabotage): void {
  const call = prototype[name];
  if (call === undefined) throw new Error(`a file has no ${name}`);
  let bytes = 0;
  prototype[name] = async function (this: FileHandle, ...args: unknown[]) {
    const act = (): Promise<unknown> => call.apply(this, args);
    if (done || !isOfPart(this)) return act();
    bytes += args[0] instanceof Uint8Array ? args[0].length : 0;
    return bytes >= sabotage.afterBytes ? struck(sabotage, act, this, args) : act();
  };
}

/** Of the object's part file, or, for the read back, no other than it. */
const isOfPart = (file: FileHandle): boolean =>
  fs.readlinkSync(`/proc/self/fd/${String(file.fd)}`).endsWith('.dcm.part');

/** The call that meets the harm: to be made as it was meant, on a file where there is one, with what it was given. */
interface Met {
  readonly act: () => Promise<unknown>;
  readonly file: FileHandle | null;
  readonly bytes: unknown;
  readonly mount: string;
}

const HARM: Readonly<Record<Sabotage['how'], (met: Met) => Promise<unknown>>> = {
  kill: () => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  },
  error: () => Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO', errno: -5, syscall: 'write' })),
  lose: ({ bytes }) => Promise.resolve({ bytesWritten: (bytes as Uint8Array).length, buffer: bytes }),
  twice: async ({ act }) => {
    await act();
    return act();
  },
  truncate: async ({ act, file }) => {
    await act();
    return file?.truncate(1000);
  },
  gone: ({ act, mount }) => {
    execFileSync('umount', ['--lazy', mount]);
    return act();
  },
  'read-only': ({ act, mount }) => {
    execFileSync('mount', ['-o', 'remount,ro', mount]);
    return act();
  },
  delay: async ({ act }) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return act();
  },
};

function struck(
  { how, mount }: Sabotage,
  act: () => Promise<unknown>,
  file: FileHandle | null,
  args: readonly unknown[] = [],
): Promise<unknown> {
  if (done) return act();
  done = true;
  fs.writeSync(1, 'struck\n');
  return HARM[how]({ act, file, bytes: args[0], mount });
}
