import { readFileSync } from 'node:fs';

/** Of the installed product: compiled code lies in dist/src/web. */
export function productVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
