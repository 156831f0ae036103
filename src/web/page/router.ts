/** What the page shows. Addresses carry ids only, and those behind #, which browsers send to nobody. */
export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'case'; readonly id: string }
  | { readonly page: 'history' }
  | { readonly page: 'unknown' };

/** The route of an address' fragment, with or without its #. */
export function routeOf(fragment: string): Route {
  const [first = '', second, ...more] = fragment.replace(/^#?\/?/, '').split('/');
  if (more.length > 0) return { page: 'unknown' };
  if (first === '' && second === undefined) return { page: 'overview' };
  if (first === 'history' && second === undefined) return { page: 'history' };
  if (first === 'case' && second !== undefined && /^[\w-]+$/.test(second)) return { page: 'case', id: second };
  return { page: 'unknown' };
}

export const OVERVIEW = '#/';
export const HISTORY = '#/history';
export const caseAddress = (id: string): string => `#/case/${id}`;
