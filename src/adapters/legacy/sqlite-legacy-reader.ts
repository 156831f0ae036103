import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import type { LegacyBeam, LegacyCase, LegacyStep } from '../../domain/legacy-case.js';
import { operator } from '../../domain/errors.js';
import { systemCode } from '../../files/system-code.js';
import type { LegacyHistory, LegacyReader } from '../../ports/legacy-history.js';

type Row = Readonly<Record<string, unknown>>;

/**
 * The predecessor's SQLite database. A database with a write-ahead log cannot be opened without writing beside it, so a
 * copy of both is read.
 */
export class SqliteLegacyReader implements LegacyReader {
  async read(file: string): Promise<LegacyHistory> {
    const place = await mkdtemp(join(tmpdir(), 'mqi-legacy-'));
    try {
      const copy = join(place, 'copy.sqlite');
      await copyFile(file, copy);
      await copyFile(`${file}-wal`, `${copy}-wal`).catch((thrown: unknown) => {
        if (systemCode(thrown) !== 'ENOENT') throw thrown;
      });
      return await historyOf(copy);
    } catch (thrown) {
      throw operator('legacy.unreadable', 'the database of the predecessor cannot be read', {
        remedy: 'name its SQLite file, by a user who may read it, and stop the predecessor first',
        cause: thrown,
      });
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }
}

async function historyOf(path: string): Promise<LegacyHistory> {
  const database = await opened(path);
  try {
    const remarks: string[] = [];
    const rows = async (table: string): Promise<readonly Row[]> => {
      const known = await all(database, `SELECT name FROM sqlite_master WHERE type = 'table' AND name = '${table}'`);
      if (known.length > 0) return all(database, `SELECT * FROM ${table}`);
      remarks.push(`it has no table ${table}`);
      return [];
    };
    const [cases, beams, steps] = [await rows('cases'), await rows('beams'), await rows('workflow_steps')];
    const gpus = await rows('gpu_resources');
    if (gpus.length > 0) remarks.push(`${String(gpus.length)} GPUs are left out: the service finds them itself`);
    const named = cases.filter((row) => text(row, 'case_id') !== null);
    if (named.length < cases.length) remarks.push(`${String(cases.length - named.length)} cases without case_id`);
    const ids = new Set(named.map((row) => text(row, 'case_id')));
    const strays = [...beams.map((row) => text(row, 'parent_case_id')), ...steps.map((row) => text(row, 'case_id'))];
    const lost = strays.filter((id) => !ids.has(id)).length;
    if (lost > 0) remarks.push(`${String(lost)} beams and steps belong to no case and are left out`);
    const beamsOf = grouped(beams, 'parent_case_id');
    const stepsOf = grouped(steps, 'case_id');
    const of = (row: Row): LegacyCase => {
      const id = text(row, 'case_id') ?? '';
      return caseOf(row, (beamsOf.get(id) ?? []).map(beamOf), (stepsOf.get(id) ?? []).map(stepOf));
    };
    return { cases: named.map(of), remarks };
  } finally {
    await new Promise<void>((resolve) => {
      database.close(() => {
        resolve();
      });
    });
  }
}

function grouped(rows: readonly Row[], key: string): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const id = text(row, key) ?? '';
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [row]);
    else group.push(row);
  }
  return groups;
}

function caseOf(row: Row, beams: readonly LegacyBeam[], steps: readonly LegacyStep[]): LegacyCase {
  return {
    id: text(row, 'case_id') ?? '',
    folder: text(row, 'case_path') ?? '',
    state: text(row, 'status') ?? 'unknown',
    progress: Math.min(100, Math.max(0, number(row, 'progress') ?? 0)),
    createdAt: time(row, 'created_at'),
    updatedAt: time(row, 'updated_at'),
    retries: Math.max(0, Math.trunc(number(row, 'retry_count') ?? 0)),
    error: text(row, 'error_message'),
    beams,
    steps,
  };
}

const beamOf = (row: Row): LegacyBeam => ({
  id: text(row, 'beam_id') ?? '',
  number: number(row, 'beam_number'),
  state: text(row, 'status') ?? 'unknown',
  error: text(row, 'error_message'),
});

const stepOf = (row: Row): LegacyStep => ({
  step: text(row, 'step') ?? 'unknown',
  state: text(row, 'status') ?? 'unknown',
  startedAt: time(row, 'started_at'),
  finishedAt: time(row, 'completed_at'),
  error: text(row, 'error_message'),
});

function text(row: Row, column: string): string | null {
  const value = row[column];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function number(row: Row, column: string): number | null {
  const value = row[column];
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

/** SQLite's own CURRENT_TIMESTAMP is UTC without a zone; the program wrote ISO 8601, mostly with one. */
function time(row: Row, column: string): number | null {
  const written = text(row, column)?.trim().replace(' ', 'T') ?? '';
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(written)) return null;
  const at = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(written) ? written : `${written}Z`);
  return Number.isNaN(at) ? null : at;
}

function opened(path: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(path, sqlite3.OPEN_READWRITE, (failure) => {
      if (failure === null) resolve(database);
      else reject(failure);
    });
  });
}

function all(database: sqlite3.Database, sql: string): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    database.all(sql, (failure: Error | null, rows: readonly Row[]) => {
      if (failure === null) resolve(rows);
      else reject(failure);
    });
  });
}
