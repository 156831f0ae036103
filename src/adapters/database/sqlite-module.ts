import { operator } from '../../domain/errors.js';

/** Node's own words for a part that was compiled for another Node. */
const OTHER_NODE = 'ERR_DLOPEN_FAILED';

/**
 * Sees to it that the compiled part of SQLite is there, before anything that needs it is loaded: a module that fails while many
 * others are loaded with it ends the process, whoever catches that.
 * @throws operator `database.no-sqlite`
 */
export async function requireSqlite(load: () => Promise<unknown> = () => import('sqlite3')): Promise<void> {
  try {
    await load();
  } catch (cause) {
    const isOther = cause instanceof Error && 'code' in cause && cause.code === OTHER_NODE;
    const what = isOther ? `was compiled for another Node than this ${process.version}` : 'is not there';
    throw operator('database.no-sqlite', `the compiled part of SQLite ${what}`, {
      remedy:
        'run: npm rebuild sqlite3 (in the folder of the installation; an npm that runs no scripts of packages wants --allow-scripts=sqlite3)',
      cause,
    });
  }
}
