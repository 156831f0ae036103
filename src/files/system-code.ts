/** What the operating system answered (ENOENT and the like); null for anything that is no answer of it (an abort among them). */
export function systemCode(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : null;
}

/** What says nothing of the file itself: short of something now, or the disk or share behind it does not answer. */
const PASSING: ReadonlySet<string> = new Set([
  'EAGAIN',
  'EBUSY',
  'ECONNABORTED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EINTR',
  'EIO',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'ENOMEM',
  'ENOTCONN',
  'EREMOTEIO',
  'ESTALE',
  'ETIMEDOUT',
]);

/** True where the same call may well succeed later: no reason to judge the file that was asked for. */
export function mayPass(thrown: unknown): boolean {
  const code = systemCode(thrown);
  return code !== null && PASSING.has(code);
}
