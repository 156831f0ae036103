import type { Case } from '../../domain/case.js';
import type { Receipt } from '../../domain/receipt.js';
import type { MadeDose } from '../../ports/dose-maker.js';

type Proof = Pick<Receipt, 'location' | 'verifiedBy' | 'at'> & Partial<Pick<Receipt, 'peerSaid'>>;

/** The receipt of an object that is at the target and was proven to be. */
export const deliveredReceipt = (
  target: string,
  { id }: Pick<Case, 'id'>,
  { sopInstanceUid, sha256 }: MadeDose,
  proof: Proof,
): Receipt => ({ caseId: id, target, sopInstanceUid, status: 'delivered', sha256, ...proof });
