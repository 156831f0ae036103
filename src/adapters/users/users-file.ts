import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import { CaseError, operator } from '../../domain/errors.js';
import { ROLES, userName, type Role } from '../../domain/role.js';
import { makeFolders } from '../../files/make-folders.js';
import { systemCode } from '../../files/system-code.js';
import { flushFolder } from '../../files/whole-file.js';
import type { Clock } from '../../ports/clock.js';
import type { NewUser, User, Users } from '../../ports/users.js';
import { hashPassword, isPassword, passwordHashSchema, SCRYPT_COST, type ScryptCost } from './password-hash.js';

const LEAST_LENGTH = 10;
const MOST_LENGTH = 1024;
/** Guesses that wait for their turn; more are told to come again. */
const MOST_WAITING = 16;

const userSchema = z.strictObject({
  name: z.string().refine((text) => userName(text) === text),
  role: z.enum(ROLES),
  password: passwordHashSchema.nullable(),
  stamp: z.string().min(1),
  changedAt: z.int().min(0),
});
const fileSchema = z.strictObject({ users: z.array(userSchema) });
type Row = z.output<typeof userSchema>;

/**
 * Users in one file that only the service's own account may read. It is replaced as a whole, so a reader sees the old
 * users or the new ones. The part file is the lock: it is created only where there is none, so of two processes that
 * change users at once one is refused; what a crash leaves of it has to be deleted by hand, as the refusal says.
 *
 * Every question looks whether the file is still the one that was read, so a change made at the command line holds for the
 * service at once. Passwords are looked at one after another: many guesses at once must not take the machine's memory.
 */
export class UsersFile implements Users {
  #read: { readonly version: string; readonly rows: readonly Row[] } | null = null;
  readonly #oneAtATime = pLimit(1);

  constructor(
    private readonly path: string,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly cost: ScryptCost = SCRYPT_COST,
  ) {}

  async list(): Promise<readonly User[]> {
    return (await this.#rows()).map(shown);
  }

  async find(name: string): Promise<User | null> {
    const row = (await this.#rows()).find((each) => each.name === name.toLowerCase());
    return row === undefined ? null : shown(row);
  }

  async withPassword(name: string, password: string): Promise<User | null> {
    if (password.length > MOST_LENGTH) return null;
    const row = (await this.#rows()).find((each) => each.name === name.toLowerCase());
    if (this.#oneAtATime.pendingCount >= MOST_WAITING) throw crowded();
    const isRight = await this.#oneAtATime(async () => {
      if (row?.password) return isPassword(password, row.password);
      await hashPassword(password, this.cost);
      return false;
    });
    return isRight && row !== undefined ? shown(row) : null;
  }

  async add({ name: wanted, role, password }: NewUser): Promise<User> {
    const name = userName(wanted);
    if (name === null) throw wrongName();
    const hash = password === null ? null : await this.#hash(password);
    const row = { name, role, password: hash, ...this.#changed() };
    await this.#change((rows) => {
      if (rows.some((each) => each.name === name)) throw exists(name);
      return [...rows, row].sort((a, b) => (a.name < b.name ? -1 : 1));
    });
    return shown(row);
  }

  remove(name: string): Promise<User> {
    return this.#changeOne(name, (rows, row) => rows.filter((each) => each !== row));
  }

  async setPassword(name: string, password: string): Promise<User> {
    const change = { password: await this.#hash(password), ...this.#changed() };
    return this.#changeOne(name, (rows, row) => rows.map((each) => (each === row ? { ...row, ...change } : each)));
  }

  setRole(name: string, role: Role): Promise<User> {
    const change = { role, changedAt: this.clock.now() };
    return this.#changeOne(name, (rows, row) => rows.map((each) => (each === row ? { ...row, ...change } : each)));
  }

  #hash(password: string): ReturnType<typeof hashPassword> {
    if (password.length < LEAST_LENGTH || password.length > MOST_LENGTH) throw weak();
    return this.#oneAtATime(() => hashPassword(password, this.cost));
  }

  readonly #changed = (): Pick<Row, 'stamp' | 'changedAt'> => ({
    stamp: randomBytes(12).toString('base64url'),
    changedAt: this.clock.now(),
  });

  async #changeOne(name: string, change: (rows: readonly Row[], row: Row) => readonly Row[]): Promise<User> {
    let before: Row | undefined;
    const rows = await this.#change((all) => {
      before = all.find((each) => each.name === name.toLowerCase());
      if (before === undefined) throw unknown();
      return change(all, before);
    });
    const after = rows.find((each) => each.name === before?.name) ?? before;
    if (after === undefined) throw unknown();
    return shown(after);
  }

  /** Reads, changes and replaces the file while no other process does so. */
  async #change(change: (rows: readonly Row[]) => readonly Row[]): Promise<readonly Row[]> {
    const part = `${this.path}.part`;
    await makeFolders(dirname(this.path));
    const file = await open(part, 'wx', 0o600).catch((thrown: unknown) => {
      throw systemCode(thrown) === 'EEXIST' ? busy(part) : unusable(thrown);
    });
    try {
      const rows = change(await this.#rows());
      await file.writeFile(`${JSON.stringify({ users: rows }, null, 2)}\n`);
      await file.sync();
      await rename(part, this.path);
      await flushFolder(dirname(this.path));
      return rows;
    } catch (thrown) {
      await rm(part, { force: true });
      throw thrown instanceof CaseError ? thrown : unusable(thrown);
    } finally {
      await file.close();
    }
  }

  /** The rows as they are in the file now; it is read again only when it is another one. */
  async #rows(): Promise<readonly Row[]> {
    try {
      const { mode, mtimeMs, size, ino } = await stat(this.path);
      if ((mode & 0o077) !== 0) throw tooOpen();
      const version = [mtimeMs, size, ino].join(' ');
      if (this.#read?.version !== version) this.#read = { version, rows: await readRows(this.path) };
      return this.#read.rows;
    } catch (thrown) {
      if (systemCode(thrown) === 'ENOENT') return [];
      throw thrown instanceof CaseError ? thrown : unusable(thrown);
    }
  }
}

async function readRows(path: string): Promise<readonly Row[]> {
  const file = await open(path, 'r');
  try {
    return fileSchema.parse(JSON.parse(await file.readFile('utf8'))).users;
  } finally {
    await file.close();
  }
}

const shown = ({ name, role, password, changedAt, stamp }: Row): User => ({
  name,
  role,
  hasPassword: password !== null,
  changedAt,
  stamp,
});

const unknown = (): CaseError => operator('users.unknown', 'there is no such user', { remedy: 'see: mqi user list' });
const exists = (name: string): CaseError =>
  operator('users.exists', `there is a user ${name} already`, { remedy: 'see: mqi user list' });
const wrongName = (): CaseError =>
  operator('users.wrong-name', 'that cannot be the name of a user', {
    remedy: 'take up to 64 letters, digits, dots, dashes, underlines and @, beginning with a letter or digit',
  });
const weak = (): CaseError =>
  operator('users.weak-password', `a password has ${String(LEAST_LENGTH)} to ${String(MOST_LENGTH)} characters`, {
    remedy: 'take a longer one: several words do well',
  });
const crowded = (): CaseError =>
  operator('users.crowded', 'too many are logging in at once', { remedy: 'try again in a few seconds' });
const busy = (part: string): CaseError =>
  operator('users.busy', 'another command is changing the users', {
    remedy: `try again; if none is running, delete ${part}`,
  });
const tooOpen = (): CaseError =>
  operator('users.unusable', 'others may read the file of the users', {
    remedy: 'run: chmod 600 users.json, in the root',
  });
const unusable = (cause: unknown): CaseError =>
  operator('users.unusable', 'the file of the users cannot be used', {
    cause,
    remedy: 'see that users.json in the root belongs to the service, or put back a copy of it',
  });
