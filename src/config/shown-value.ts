import { OPTIONS } from './options.js';

const LONGEST = 120;
const SECRETS = new Set(OPTIONS.filter(({ secret }) => secret).map(({ key }) => key));
const SECRET_NAME = /pass|secret|token|credential|api.?key|url$/i;

/** A value as one short line of JSON for people; null for none. Secrets, also under unknown keys, show as `***`. */
export function shown(key: string, value: unknown): string | null {
  if (value === undefined) return null;
  if (value !== null && (SECRETS.has(key) || SECRET_NAME.test(key))) return '***';
  const text = JSON.stringify(value, (name, inner: unknown) => (name !== '' && SECRET_NAME.test(name) ? '***' : inner));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/** An address with its password replaced; `***` when it cannot be read as one. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    for (const name of [...parsed.searchParams.keys()]) {
      if (SECRET_NAME.test(name)) parsed.searchParams.set(name, '***');
    }
    return parsed.href;
  } catch {
    return '***';
  }
}
