import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { hasPython } from '../dicom-tools.js';
import { tempFolder } from '../temp-folder.js';
import { Service } from './service.js';

const TOP = fileURLToPath(new URL('../../..', import.meta.url));

interface Example {
  readonly engine: { readonly command: { readonly argv: readonly string[]; readonly [option: string]: unknown } };
}

describe('The engine of the documentation', function () {
  this.timeout(120_000);
  const folder = tempFolder();
  let service: Service | null = null;
  after(() => service?.end());

  const page = readFileSync(join(TOP, 'docs/engines.md'), 'utf8');
  /** Code blocks of a language. */
  const blocks = (language: string): readonly string[] =>
    [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
  const documented = blocks('yaml').map((text) => parse(text) as Example);
  const example = documented.find(({ engine }) => 'progress' in ((engine as Partial<Example['engine']>).command ?? {}));

  it('is the one of config/examples/own-engine.yaml', () => {
    const file = parse(readFileSync(join(TOP, 'config/examples/own-engine.yaml'), 'utf8')) as Example;
    expect(example?.engine.command).to.deep.equal(file.engine.command);
  });

  it('calculates a case when it is started as it says there', async function () {
    if (!hasPython()) return this.skip();
    const { argv, ...options } = example!.engine.command;
    const program = blocks('python')[0]!;
    const path = join(folder.path, 'engine.py');
    writeFileSync(path, program);
    const own = new Service({
      engine: { kind: 'command', command: { ...options, argv: ['python3', path, ...argv.slice(1)] } },
    });
    service = own;
    const wanted = { beams: 1, layers: 2, spotsPerLayer: 2, withCt: false, withDeliveryLogs: false, seed: 1 };
    await new SyntheticCaseMaker().make(join(own.inbox, 'case'), wanted);
    own.start();
    const kase = (await own.untilEnded(['case'], 90_000)).get('case')!;
    expect(kase.state, JSON.stringify(kase)).to.equal('completed');
    const [beam] = (await own.case(kase.id)).beams;
    const dose = readFileSync(join(own.root, beam!.resultPath!));
    expect(dose.toString('latin1')).to.contain('my engine 1.0');
  });
});
