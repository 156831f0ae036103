import type { EntityManager } from 'typeorm';
import { ACTIVE_STATES, CASE_STATES } from '../../domain/case-machine.js';
import { BEAM_STATES } from '../../domain/beam-machine.js';

interface Rule {
  readonly wrong: string;
  /** Selects `id` of each row that breaks the rule; plain SQL that both databases take. */
  readonly sql: string;
}

const list = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');

const withoutCase = (table: string): string =>
  `SELECT t."caseId" AS id FROM "${table}" t LEFT JOIN "cases" c ON c."id" = t."caseId" WHERE c."id" IS NULL`;

/** What must hold between rows, beyond what the tables themselves enforce. */
const RULES: readonly Rule[] = [
  {
    wrong: 'case in a state this version does not know',
    sql: `SELECT "id" AS id FROM "cases" WHERE "state" NOT IN (${list(CASE_STATES)})`,
  },
  {
    wrong: 'beam in a state this version does not know',
    sql: `SELECT "id" AS id FROM "beams" WHERE "state" NOT IN (${list(BEAM_STATES)})`,
  },
  { wrong: 'beam without its case', sql: withoutCase('beams') },
  { wrong: 'attempt without its case', sql: withoutCase('workflow_steps') },
  { wrong: 'transition without its case', sql: withoutCase('transitions') },
  { wrong: 'delivery without its case', sql: withoutCase('deliveries') },
  { wrong: 'receipt without its case', sql: withoutCase('receipts') },
  {
    wrong: 'ended case that is still leased',
    sql: `SELECT "id" AS id FROM "cases" WHERE "leaseOwner" IS NOT NULL AND "state" NOT IN (${list(ACTIVE_STATES)})`,
  },
  {
    wrong: 'ended case with an attempt that is still open',
    sql:
      'SELECT DISTINCT c."id" AS id FROM "cases" c JOIN "workflow_steps" s ON s."caseId" = c."id" ' +
      `WHERE s."outcome" IS NULL AND c."state" NOT IN (${list(ACTIVE_STATES)})`,
  },
  {
    wrong: 'case with a dose assembled, but beams that are not converted',
    sql:
      'SELECT DISTINCT c."id" AS id FROM "cases" c JOIN "beams" b ON b."caseId" = c."id" ' +
      `WHERE b."state" <> 'converted' AND c."state" IN ('simulated', 'assembled', 'completed')`,
  },
  {
    wrong: 'completed case with an object that is not delivered',
    sql:
      'SELECT DISTINCT c."id" AS id FROM "cases" c JOIN "receipts" r ON r."caseId" = c."id" ' +
      `WHERE r."status" <> 'delivered' AND c."state" = 'completed'`,
  },
  {
    wrong: 'delivered receipt that does not say how it was verified',
    sql: `SELECT DISTINCT "caseId" AS id FROM "receipts" WHERE "status" = 'delivered' AND "verifiedBy" IS NULL`,
  },
  {
    wrong: 'latest recorded move that does not lead to the state of the case',
    sql:
      'SELECT c."id" AS id FROM "cases" c JOIN "transitions" t ON t."caseId" = c."id" WHERE t."to" <> c."state" ' +
      'AND t."id" = (SELECT MAX(m."id") FROM "transitions" m WHERE m."caseId" = c."id")',
  },
];

/** Words for each broken rule, with the ids of a few of the cases it concerns. */
export async function brokenRules(manager: EntityManager): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { wrong, sql } of RULES) {
    const rows: unknown = await manager.query(`${sql} ORDER BY id LIMIT 5`);
    const ids = (rows as readonly { readonly id: string }[]).map(({ id }) => id);
    if (ids.length > 0) found.push(`${wrong}: ${ids.join(', ')}`);
  }
  return found;
}
