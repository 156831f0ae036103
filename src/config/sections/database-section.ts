import { z } from 'zod';
import { about, choice } from '../choice.js';

export const databaseSection = z
  .strictObject({
    kind: choice(['sqlite', 'postgres'])
      .default('sqlite')
      .meta(about('Kind of database. SQLite needs nothing else; it must not lie on a network file system.')),
    path: z
      .string()
      .min(1)
      .default('mqi.sqlite')
      .meta(about('File of the SQLite database.', { rule: 'a path; relative to root' })),
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\/.+/)
      .nullable()
      .default(null)
      .meta(
        about('Address of the PostgreSQL database. Give it through the environment if it holds a password.', {
          rule: 'null, or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
          secret: true,
        }),
      ),
    connectionTimeoutSeconds: z
      .number()
      .min(1)
      .max(300)
      .default(30)
      .meta(about('How long to wait for a connection, or for a locked SQLite file.')),
    journalMode: choice(['DELETE', 'TRUNCATE', 'PERSIST', 'MEMORY', 'WAL', 'OFF'])
      .default('WAL')
      .meta(about('SQLite journal_mode. Only with WAL do pages and lists never wait for a writer.')),
    synchronous: choice(['OFF', 'NORMAL', 'FULL', 'EXTRA'])
      .default('NORMAL')
      .meta(about('SQLite synchronous. NORMAL with WAL survives a killed process; FULL also a power cut.')),
    cacheSize: z.int().default(-2000).meta(about('SQLite cache_size: pages, or KiB when negative.')),
  })
  .prefault({})
  .meta({ description: 'Where the state of all cases is kept.' });
