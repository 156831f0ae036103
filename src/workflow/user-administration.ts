import type { AuditAction, AuditDetail } from '../domain/audit.js';
import { userName, type Role } from '../domain/role.js';
import type { NewUser, User, Users } from '../ports/users.js';
import { audited, type Writing } from './audited.js';

/** Changes to the users, each written down with who made it. */
export class UserAdministration {
  constructor(
    private readonly users: Users,
    private readonly writing: Writing,
    private readonly actor: string,
  ) {}

  add(user: NewUser): Promise<User> {
    return this.#audited('user-add', user.name, { role: user.role }, () => this.users.add(user));
  }

  remove(name: string): Promise<User> {
    return this.#audited('user-remove', name, {}, () => this.users.remove(name));
  }

  setPassword(name: string, password: string): Promise<User> {
    return this.#audited('user-password', name, {}, () => this.users.setPassword(name, password));
  }

  setRole(name: string, role: Role): Promise<User> {
    return this.#audited('user-role', name, { role }, () => this.users.setRole(name, role));
  }

  /** What cannot be a name may be anything, and is not written down. */
  #audited(action: AuditAction, name: string, detail: AuditDetail, act: () => Promise<User>): Promise<User> {
    const user = userName(name) ?? '?';
    return audited(this.writing, { action, actor: this.actor, caseId: null, detail: { ...detail, user } }, act);
  }
}
