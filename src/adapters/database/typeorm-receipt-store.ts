import type { KeptReceipt } from '../../domain/receipt.js';
import type { ReceiptStore } from '../../ports/receipt-store.js';
import type { Connections } from './connections.js';
import { ReceiptSchema } from './schemas/receipt-schema.js';

const NOT_YET = `"status" <> 'delivered'`;
const NOT_YET_OR_THE_SAME = `(${NOT_YET} OR "sha256" = :sha256)`;

/** Receipts in SQLite or PostgreSQL. */
export class TypeormReceiptStore implements ReceiptStore {
  constructor(private readonly connections: Connections) {}

  ofCase(caseId: string): Promise<readonly KeptReceipt[]> {
    return this.connections.read((manager) =>
      manager.find(ReceiptSchema, { where: { caseId }, order: { target: 'ASC', sopInstanceUid: 'ASC' } }),
    );
  }

  /**
   * Two writers of one receipt: both statements are single and guarded, so a delivered one stays whoever is last; only a
   * later proof of the same bytes takes its place.
   */
  async record(receipt: KeptReceipt): Promise<void> {
    const { caseId, target, sopInstanceUid, ...change } = receipt;
    await this.connections.write(async (tx) => {
      await tx.createQueryBuilder().insert().into(ReceiptSchema).values(receipt).orIgnore().execute();
      await tx
        .createQueryBuilder()
        .update(ReceiptSchema)
        .set(change)
        .where({ caseId, target, sopInstanceUid })
        .andWhere(receipt.status === 'delivered' ? NOT_YET_OR_THE_SAME : NOT_YET, { sha256: receipt.sha256 })
        .execute();
    });
  }
}
