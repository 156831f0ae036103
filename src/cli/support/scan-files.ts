import type { Term } from '../../domain/identity-terms.js';
import { TermMatcher } from '../../domain/identity-scan.js';
import { viewsOf } from '../../domain/text-views.js';
import type { SecretValue } from './secret-values.js';

/** A file of the bundle, before it is one. */
export interface BundleFile {
  /** Below the folder of the bundle; its first segment names the part. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** That something was found, never what. */
export interface Leak {
  readonly path: string;
  /** `patient name`, `secret of uploads.0.sftp.passwordFile`. */
  readonly what: string;
}

/** Looks at every byte of every file, and at the files' names: for people, in every form, and for secrets. */
export function leaksIn(
  files: readonly BundleFile[],
  terms: readonly Term[],
  secrets: readonly SecretValue[],
): readonly Leak[] {
  const matcher = new TermMatcher(terms);
  const leaks = new Map<string, Leak>();
  const note = (leak: Leak): void => void leaks.set(`${leak.path} ${leak.what}`, leak);
  for (const { path, bytes } of files) {
    for (const view of [...viewsOf(bytes), path]) {
      for (const { term } of matcher.find(view)) note({ path, what: term.identity.kind });
      for (const { where, value } of secrets) {
        if (view.includes(value)) note({ path, what: `secret (${where})` });
      }
    }
  }
  return [...leaks.values()];
}
