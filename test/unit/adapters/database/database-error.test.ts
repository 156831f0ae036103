import { expect } from 'chai';
import { QueryFailedError } from 'typeorm';
import { toDatabaseError } from '../../../../src/adapters/database/database-error.js';
import { transient } from '../../../../src/domain/errors.js';

const failed = (code?: string): QueryFailedError =>
  new QueryFailedError('SELECT 1', [], Object.assign(new Error('words'), code === undefined ? {} : { code }));

describe('errors of the database', () => {
  for (const [code, meaning, severity] of [
    ['SQLITE_BUSY', 'database.busy', 'transient'],
    ['SQLITE_FULL', 'disk.full', 'operator'],
    ['SQLITE_CORRUPT', 'database.corrupt', 'operator'],
    ['SQLITE_NOTADB', 'database.corrupt', 'operator'],
    ['SQLITE_READONLY', 'database.read-only', 'operator'],
    ['SQLITE_CANTOPEN', 'database.cannot-open', 'operator'],
    ['SQLITE_IOERR', 'database.io-error', 'operator'],
    ['SQLITE_CONSTRAINT', 'database.constraint', 'bug'],
    ['57P01', 'database.unavailable', 'transient'],
    ['08006', 'database.unavailable', 'transient'],
    ['53300', 'database.unavailable', 'transient'],
    ['ECONNREFUSED', 'database.unavailable', 'transient'],
    ['40P01', 'database.busy', 'transient'],
    ['53100', 'disk.full', 'operator'],
    ['25006', 'database.read-only', 'operator'],
    ['28P01', 'database.refused', 'operator'],
    ['23505', 'database.constraint', 'bug'],
    ['SQLITE_SOMETHING', 'unclassified', 'bug'],
  ] as const) {
    it(`${code} is ${meaning} (${severity})`, () => {
      const cause = failed(code);
      const error = toDatabaseError(cause, 'postgres');
      expect(error).to.include({ code: meaning, severity, cause });
      expect(error.message).not.to.include('words');
    });
  }

  it('a connection that PostgreSQL dropped has no code', () => {
    expect(toDatabaseError(failed(), 'postgres').code).to.equal('database.unavailable');
    expect(toDatabaseError(new Error('timeout'), 'postgres').code).to.equal('database.unavailable');
    expect(toDatabaseError(new Error('timeout'), 'sqlite').code).to.equal('unclassified');
    expect(toDatabaseError(new TypeError('a mistake of ours'), 'postgres').code).to.equal('unclassified');
  });

  it('what is understood already stays as it is', () => {
    const error = transient('case.lost-race', 'lost');
    expect(toDatabaseError(error, 'sqlite')).to.equal(error);
  });
});
