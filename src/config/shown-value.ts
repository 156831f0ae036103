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

/** The address of a webhook is often its own key: its server alone is shown. */
export function webhooksMasked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(webhooksMasked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === 'webhook' ? serverOnly(inner) : webhooksMasked(inner),
    ]),
  );
}

function serverOnly(webhook: unknown): unknown {
  if (typeof webhook !== 'object' || webhook === null || !('url' in webhook)) return webhook;
  const { url } = webhook;
  return { ...webhook, url: typeof url === 'string' && URL.canParse(url) ? `${new URL(url).origin}/***` : '***' };
}
