import type { Beam } from '../../src/domain/beam.js';
import type { DosePreflight, PreflightFinding } from '../../src/ports/dose-preflight.js';

/** Finds what it is told to find. */
export class FakeDosePreflight implements DosePreflight {
  findings: readonly PreflightFinding[] = [];
  asked: readonly (readonly number[])[] = [];

  check(_kase: unknown, beams: readonly Pick<Beam, 'beamNumber'>[]): Promise<readonly PreflightFinding[]> {
    this.asked = [...this.asked, beams.map(({ beamNumber }) => beamNumber)];
    return Promise.resolve(this.findings);
  }
}
