import type { Access } from './access.js';

/** Nothing is loaded from elsewhere, nothing inline runs, no other page may frame this one, nothing is kept of where it was. */
const ALWAYS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const;

/** A browser that has been here by TLS comes by TLS for a year. Only ours to say where TLS is ours. */
const BY_TLS = { 'strict-transport-security': 'max-age=31536000' } as const;

/** Of every answer. */
export const securityHeaders = ({ tls }: Access): Readonly<Record<string, string>> => ({
  ...ALWAYS,
  ...(tls && BY_TLS),
});
