import { operator } from '../../src/domain/errors.js';
import { userName, type Role } from '../../src/domain/role.js';
import type { NewUser, User, Users } from '../../src/ports/users.js';
import { answer } from './fake-tables.js';

interface Kept {
  readonly user: User;
  readonly password: string | null;
}

/** Users in memory (test/contract/users.test.ts runs against this and the file). */
export class FakeUsers implements Users {
  readonly #kept = new Map<string, Kept>();
  #changes = 0;

  list(): Promise<readonly User[]> {
    return answer(() => [...this.#kept.values()].map(({ user }) => user).sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  find(name: string): Promise<User | null> {
    return answer(() => this.#kept.get(name.toLowerCase())?.user ?? null);
  }

  withPassword(name: string, password: string): Promise<User | null> {
    return answer(() => {
      const kept = this.#kept.get(name.toLowerCase());
      return kept !== undefined && kept.password === password ? kept.user : null;
    });
  }

  add({ name: wanted, role, password }: NewUser): Promise<User> {
    return answer(() => {
      const name = userName(wanted);
      if (name === null) throw operator('users.wrong-name', 'that cannot be the name of a user');
      if (password !== null) requireStrength(password);
      if (this.#kept.has(name)) throw operator('users.exists', `there is a user ${name} already`);
      return this.#keep({ name, role, hasPassword: password !== null, changedAt: 0, stamp: '' }, password);
    });
  }

  remove(name: string): Promise<User> {
    return answer(() => {
      const { user } = this.#of(name);
      this.#kept.delete(user.name);
      return user;
    });
  }

  setPassword(name: string, password: string): Promise<User> {
    return answer(() => {
      requireStrength(password);
      return this.#keep({ ...this.#of(name).user, hasPassword: true }, password);
    });
  }

  setRole(name: string, role: Role): Promise<User> {
    return answer(() => {
      const { user, password } = this.#of(name);
      const changed = { ...user, role };
      this.#kept.set(user.name, { user: changed, password });
      return changed;
    });
  }

  #of(name: string): Kept {
    const kept = this.#kept.get(name.toLowerCase());
    if (kept === undefined) throw operator('users.unknown', 'there is no such user');
    return kept;
  }

  #keep(user: User, password: string | null): User {
    this.#changes += 1;
    const changed = { ...user, stamp: String(this.#changes) };
    this.#kept.set(user.name, { user: changed, password });
    return changed;
  }
}

function requireStrength(password: string): void {
  if (password.length < 10 || password.length > 1024) throw operator('users.weak-password', 'too short or too long');
}
