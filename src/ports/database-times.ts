import { Token } from 'typedi';

export type DatabaseWork = 'read' | 'write';

/** How long the database takes, waiting in its queue included. */
export interface DatabaseTimes {
  /** Called after each read and write of ours, failed ones too, until the function it returns is. */
  listen(listener: (work: DatabaseWork, ms: number) => void): () => void;
}
export const DatabaseTimes = new Token<DatabaseTimes>('DatabaseTimes');
