import { useEffect, useMemo } from 'preact/hooks';
import { askJson } from '../api.js';
import { loaded, type Loaded } from '../loaded.js';

/** Reads an address now, and again whenever `version` is another one; what was read stays until then. */
export function useLoaded<T>(path: string, version: unknown): Loaded<T> {
  const made = useMemo(() => loaded(() => askJson<T>(path)), [path]);
  useEffect(() => {
    void made.reload();
  }, [made, version]);
  return made;
}

/** The address of what is known of a case. */
export const casePath = (id: string, ...parts: readonly (string | number)[]): string =>
  ['/api/cases', encodeURIComponent(id), ...parts.map(String)].join('/');
