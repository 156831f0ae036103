import { Token } from 'typedi';
import type { Folders } from '../domain/folders.js';

/** The folders of the root this service works in, for injection. */
export const WorkFolders = new Token<Folders>('WorkFolders');
