import { operator, transient, type CaseError } from '../../domain/errors.js';

const AGAIN = 'nothing to do: the message is sent again, for three days; mqi notify test tries the channel at once';

/** No answer, or one that says "later". @param why in words of ours: what the other side said may quote the message */
export const unreachable = (channel: string, why: string, cause?: unknown): CaseError =>
  transient('notify.unreachable', `channel ${channel}: ${why}`, { remedy: AGAIN, cause });

/** The other side will not have it, whatever the time. */
export const refused = (channel: string, why: string, cause?: unknown): CaseError =>
  operator('notify.refused', `channel ${channel}: ${why}`, {
    remedy: 'mend notifications.channels or the other side; the message is sent again, for three days',
    cause,
  });

/** The login, the secret or the certificate is not right. */
export const notLetIn = (channel: string, why: string, cause?: unknown): CaseError =>
  operator('notify.auth', `channel ${channel}: ${why}`, {
    remedy: 'mend the login or certificate of the channel; the message is sent again, for three days',
    cause,
  });

/** The code of a failed connection (ECONNREFUSED ...), which names nobody. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'no answer';
  // nodemailer puts its own code before that of the system or of TLS.
  const { code, originalCode } = thrown as { readonly code?: unknown; readonly originalCode?: unknown };
  return [originalCode, code].find((each) => typeof each === 'string') ?? 'no answer';
}

/** True for a certificate that does not hold. */
export const isTlsError = (code: string): boolean =>
  /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ETLS|EPROTO)/.test(code);
