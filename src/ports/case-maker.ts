import { Token } from 'typedi';

export interface SyntheticCase {
  readonly beams: number;
  /** Layers of each beam, and spots of each layer. */
  readonly layers: number;
  readonly spotsPerLayer: number;
  /** Water-phantom CT and structure set, or the plan alone. */
  readonly withCt: boolean;
  readonly withDeliveryLogs: boolean;
  /** The same seed gives the same bytes. */
  readonly seed: number;
}

/** Makes cases for demonstration and tests: valid DICOM, no real patient. */
export interface CaseMaker {
  /** Writes the case into a new folder (made; must not exist). */
  make(folder: string, wanted: SyntheticCase): Promise<void>;
}
export const CaseMaker = new Token<CaseMaker>('CaseMaker');
