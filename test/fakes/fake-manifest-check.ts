import type { ManifestFinding } from '../../src/domain/manifest-finding.js';
import type { ManifestCheck } from '../../src/ports/manifest-check.js';

/** Finds what the test says; nothing means that there is no manifest. */
export class FakeManifestCheck implements ManifestCheck {
  finding: ManifestFinding | null = null;
  failure: Error | null = null;
  readonly checked: (readonly string[])[] = [];

  async check(_kase: object, files: readonly string[], signal: AbortSignal): Promise<ManifestFinding | null> {
    await Promise.resolve();
    signal.throwIfAborted();
    this.checked.push(files);
    if (this.failure !== null) throw this.failure;
    return this.finding;
  }
}
