import { Token } from 'typedi';
import type { Role } from '../domain/role.js';
import type { EpochMs } from '../domain/time.js';

/** One who may log in to the web page. */
export interface User {
  /** As `userName` of domain/role.ts spells it. */
  readonly name: string;
  readonly role: Role;
  /** False: known to a trusted proxy only, who looks after passwords itself. */
  readonly hasPassword: boolean;
  readonly changedAt: EpochMs;
  /** Another one after each change of password: sessions begun before it are over. */
  readonly stamp: string;
}

export interface NewUser {
  readonly name: string;
  readonly role: Role;
  /** Null for one who comes through a trusted proxy only. */
  readonly password: string | null;
}

/**
 * The users of the web page. Names are given in any case. Throws operator `users.unknown`, `users.exists`,
 * `users.wrong-name`, `users.weak-password`, `users.busy` (another process changes them) and `users.unusable`.
 */
export interface Users {
  /** By name. */
  list(): Promise<readonly User[]>;
  find(name: string): Promise<User | null>;
  /** The user, if that is the password; it takes as long where there is no such user. */
  withPassword(name: string, password: string): Promise<User | null>;
  add(user: NewUser): Promise<User>;
  remove(name: string): Promise<User>;
  setPassword(name: string, password: string): Promise<User>;
  setRole(name: string, role: Role): Promise<User>;
}
export const Users = new Token<Users>('Users');
