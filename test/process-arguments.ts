import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

/** Looks at the arguments of every process until it is asked which of the texts stood there. */
export function watchProcesses(texts: readonly string[]): () => readonly string[] {
  const found = new Set<string>();
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const all = argumentsOf(pid);
      for (const text of texts) if (all.includes(text)) found.add(text);
    }
  }, 20).unref();
  return () => {
    clearInterval(timer);
    // That the look sees arguments at all.
    const own = execFileSync('sh', ['-c', 'tr "\\0" " " < /proc/$$/cmdline', 'marker-3c4d'], { encoding: 'utf8' });
    expect(own).to.contain('marker-3c4d');
    return [...found];
  };
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}
