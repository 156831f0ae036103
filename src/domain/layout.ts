import { input } from './errors.js';

/**
 * How case folders lie in the inbox: `{case}`, `{room}/{case}`, `{patient}/{study}` or any other named segments. Only
 * the number of segments decides: a folder that many levels below the inbox is a case.
 */
export interface Layout {
  readonly template: string;
  /** Levels below the inbox at which a folder is a case, from 1. */
  readonly depth: number;
}

const SEGMENT = /^\{[A-Za-z][A-Za-z0-9_-]*\}$/;

/** Throws input `intake.layout` for a template that is not named segments joined by `/`. */
export function parseLayout(template: string): Layout {
  const segments = template.split('/');
  const wrong = segments.find((segment) => !SEGMENT.test(segment));
  if (wrong !== undefined) {
    throw input('intake.layout', `intake.layout "${template}": "${wrong}" is not a segment like {case}`, {
      remedy: 'set intake.layout to named segments, such as {case} or {room}/{case}',
    });
  }
  return { template, depth: segments.length };
}

/** The case folder that a path below the inbox (`/` between segments) lies in or is; null above the case level. */
export function caseFolderOf(path: string, { depth }: Layout): string | null {
  const segments = path.split('/');
  return path === '' || segments.length < depth ? null : segments.slice(0, depth).join('/');
}
