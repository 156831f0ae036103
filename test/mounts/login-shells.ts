import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Shells that users of workstations and clusters have, which are no POSIX shells. */
export const ODD_SHELLS = ['fish', 'tcsh'] as const;
export type OddShell = (typeof ODD_SHELLS)[number];

/** Read by them at each login, with or without a terminal. As users have them: they greet, and rename what we call. */
const RC: Readonly<Record<OddShell, { readonly path: string; readonly text: string }>> = {
  fish: {
    path: '.config/fish/config.fish',
    text: 'echo Welcome\nfunction sh; echo no shell; end\nfunction cat; echo no cat; end\nset -x GREETED fish\n',
  },
  tcsh: {
    path: '.tcshrc',
    text: "echo Welcome\nset noclobber\nset noglob\nalias sh 'echo no shell'\nalias cat 'echo no cat'\nsetenv GREETED tcsh\n",
  },
};

/** A home for such a login; anew, or as it was. */
export function loginWith(shell: OddShell, home: string): { readonly shell: string; readonly home: string } {
  const path = join(home, RC[shell].path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, RC[shell].text);
  return { shell: `/usr/bin/${shell}`, home };
}
