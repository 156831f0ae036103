import type { CaseFolder } from '../domain/case-folder.js';

/** The folder as people read it: with its inbox where that has a name. Not yet escaped for a terminal. */
export const folderWords = ({ inbox, folder }: CaseFolder): string =>
  inbox === '' ? folder : `${folder} (inbox ${inbox})`;
