import { readFileSync, renameSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { Service } from './service.js';

const PROGRAM = fileURLToPath(new URL('./site-interpreter.js', import.meta.url));

describe("a service with a site's own interpreter", function () {
  this.timeout(120_000);
  const argv = [process.execPath, PROGRAM, '{plan}', '{output}', '{caseId}', '{run}'];
  const service = new Service({ interpretation: { kind: 'command', command: { argv } } });
  const drop = async (folder: string, beams: number): Promise<void> => {
    const made = join(service.place, folder);
    const wanted = { beams, layers: 2, spotsPerLayer: 4, withCt: false, withDeliveryLogs: false, seed: beams };
    await new SyntheticCaseMaker().make(made, wanted);
    renameSync(made, join(service.inbox, folder));
  };

  before(() => {
    service.start();
  });
  after(() => service.end());

  it('calculates what the program wrote, and fails in words the case whose beams it did not all write', async () => {
    await Promise.all([drop('one beam', 1), drop('two beams', 2)]);
    const ended = await service.untilEnded(['one beam', 'two beams'], 100_000);
    expect(ended.get('one beam')).to.include({ state: 'completed' });
    expect(readdirSync(service.outbox, { recursive: true, encoding: 'utf8' }).join()).to.contain('.dcm');
    const failed = ended.get('two beams');
    expect(failed).to.include({ state: 'failed' });
    expect(failed?.error).to.include({ code: 'interpretation.bad-output' });
    expect(failed?.error?.message).to.contain('beam-002.json is not there');

    const said = await service.mqi('logs', ended.get('one beam')?.id ?? '', '--interpreter');
    expect(said).to.contain('beam 1 of SYNTHETIC^PHANTOM');
    expect(said).not.to.contain('\u001b');
    // What it says may name the patient: it is in its own log and in no other.
    expect(readFileSync(join(service.root, 'logs', 'mqi.log'), 'utf8')).not.to.contain('SYNTHETIC');
  });
});
