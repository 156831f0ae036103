/** Keys the product will have (docs: configuration) and this version does not: refused, but not as unknown. */
const LATER_KEYS = ['notifications'];

/** True for a key of a later version, or anything below one. */
export function isNotYet(key: string): boolean {
  const general = key.replace(/\[\d+\]/g, '[]');
  return LATER_KEYS.some((later) => general === later || general.startsWith(`${later}.`));
}
