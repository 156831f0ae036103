/** What people may do, least first: look; act on cases; all of it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** True for this role and those above it. */
export const isAtLeast = (role: Role, wanted: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(wanted);

const USER_NAME = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

/**
 * The one spelling of a user's name, lower case; null for what is none. Names go into the history, the audit trail and the
 * log, so they hold nothing that could be obeyed or break a line.
 */
export function userName(text: string): string | null {
  const name = text.toLowerCase();
  return USER_NAME.test(name) ? name : null;
}
