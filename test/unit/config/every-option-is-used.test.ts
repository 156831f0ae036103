import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { KNOWN_KEYS } from '../../../src/config/nearest.js';
import { SECTIONS } from '../../../src/config/options.js';
import { SettingsUsage } from './settings-usage.js';

const top = fileURLToPath(new URL('../../../..', import.meta.url));

/**
 * Its whole effect is whether the service may start: leave for an open page is asked for by contradictions.ts (tested
 * with the mistakes in the configuration).
 */
const DECIDE_AT_START = ['web.allowInsecure'];

describe('every option that is accepted does something', () => {
  let usage: SettingsUsage;
  before(function () {
    this.timeout(120_000);
    usage = new SettingsUsage(top);
  });

  const sections = new Set(SECTIONS.map(({ key }) => key));
  for (const key of KNOWN_KEYS.filter((known) => !sections.has(known) && !DECIDE_AT_START.includes(known))) {
    it(key, () => {
      expect(usage.isUsed(key.replaceAll('[]', '').split('.')), `${key} is read nowhere outside src/config`).to.equal(
        true,
      );
    });
  }
});
