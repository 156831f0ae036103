/** Keys the product will have (docs: configuration) and this version does not: refused, but not as unknown. */
const LATER_KEYS = [
  'notifications',
  'web.tls',
  'engine.moqui',
  'execution.slurm',
  'execution.hosts[].host',
  'execution.hosts[].port',
  'execution.hosts[].user',
  'execution.hosts[].keyFile',
  'execution.hosts[].knownHosts',
  'execution.hosts[].workDir',
];

/** True for a key of a later version, or anything below one. */
export function isNotYet(key: string): boolean {
  const general = key.replace(/\[\d+\]/g, '[]');
  return LATER_KEYS.some((later) => general === later || general.startsWith(`${later}.`));
}
