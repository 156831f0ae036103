const NAME = 'mqi_session';
const ID = /^[\w-]{43}$/;

/** The id of the session in a Cookie header; null where there is none, or more than one. */
export function sessionIdOf(header: string | undefined): string | null {
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .filter(([name]) => name === NAME);
  const [, id = ''] = found.length === 1 ? (found[0] ?? []) : [];
  return ID.test(id) ? id : null;
}

/**
 * Scripts of the page cannot read it (HttpOnly), other pages cannot make the browser send it (SameSite=Strict), and it ends
 * with the browser. No Domain: other names of the machine's domain do not get it.
 */
export const sessionCookie = (id: string, secure: boolean): string =>
  `${NAME}=${id}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;

export const noCookie = (secure: boolean): string => `${sessionCookie('', secure)}; Max-Age=0`;
