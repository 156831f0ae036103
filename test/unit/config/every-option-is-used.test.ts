import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { KNOWN_KEYS } from '../../../src/config/nearest.js';
import { SECTIONS } from '../../../src/config/options.js';
import { SettingsUsage } from './settings-usage.js';

const top = fileURLToPath(new URL('../../../..', import.meta.url));

describe('every option that is accepted does something', () => {
  let usage: SettingsUsage;
  before(function () {
    this.timeout(120_000);
    usage = new SettingsUsage(top);
  });

  const sections = new Set(SECTIONS.map(({ key }) => key));
  for (const key of KNOWN_KEYS.filter((known) => !sections.has(known))) {
    it(key, () => {
      expect(usage.isUsed(key.replaceAll('[]', '').split('.')), `${key} is read nowhere outside src/config`).to.equal(
        true,
      );
    });
  }
});
