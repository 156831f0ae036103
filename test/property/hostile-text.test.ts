import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { consoleLine, jsonLine } from '../../src/adapters/logging/log-line.js';
import { plainText } from '../../src/cli/terminal/plain-text.js';
import { plain } from '../../src/web/page/plain.js';
import { anyText } from '../builders/any-text.js';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { ACommandLine } from '../builders/a-command-line.js';

/** What a terminal obeys: controls, marks that turn or hide text, separators. Line breaks of our own are between lines. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const PIECES = [
  '\u001b[2J',
  '\u009b31m',
  '\u001b]0;x\u0007',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u2028',
  '\r',
  '\b',
  '<b>',
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), anyText(4)), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''));

interface Texts {
  readonly folder: string;
  readonly label: string;
  readonly waiting: string;
  readonly held: string;
  readonly message: string;
  readonly name: string;
}

/** A case whose every text from files, folders and people is hostile, waiting or held. */
function aHostileCase(texts: Texts, isHeld: boolean): ACommandLine {
  const line = new ACommandLine();
  const error = { code: 'x.bad', severity: 'input', message: texts.message, remedy: texts.message } as const;
  const kase = aCase({
    id: 'aaa1',
    folder: texts.folder,
    planLabel: texts.label,
    waitingFor: texts.waiting,
    heldBecause: isHeld ? texts.held : null,
    error,
    createdAt: line.now,
  });
  line.tables.cases.set(kase.id, kase);
  const beam = aBeam({ caseId: kase.id, beamNumber: 1, name: texts.name, machine: texts.label, error });
  line.tables.beams.set(beam.id, beam);
  line.tables.arrivals = [{ inbox: '', folder: texts.folder, files: 1, bytes: 1, lastChangeAt: line.now }];
  return line;
}

const texts = fc.record<Texts>({
  folder: hostile,
  label: hostile,
  waiting: hostile,
  held: hostile,
  message: hostile,
  name: hostile,
});

const PAGE = new URL('../../../src/web/page/', import.meta.url);

describe('Text from files and folders, whatever it is', () => {
  for (const argv of [['cases'], ['case', 'aaa1']]) {
    it(`never reaches the terminal unescaped through mqi ${argv.join(' ')}`, async () => {
      await fc.assert(
        fc.asyncProperty(texts, fc.boolean(), async (all, isHeld) => {
          const { exit, out, err } = await aHostileCase(all, isHeld).type(...argv);
          expect(exit).to.equal(0);
          expect(out + err).not.to.match(OBEYED);
        }),
        { numRuns: 150 },
      );
    });

    it(`never reaches the terminal unescaped through mqi ${argv.join(' ')} --json, and reads back as it was`, async () => {
      await fc.assert(
        fc.asyncProperty(texts, fc.boolean(), async (all, isHeld) => {
          const { out } = await aHostileCase(all, isHeld).type(...argv, '--json');
          expect(out).not.to.match(OBEYED);
          expect(JSON.stringify(JSON.parse(out))).to.contain(JSON.stringify(all.label));
        }),
        { numRuns: 150 },
      );
    });
  }

  it('never reaches the terminal unescaped through an error about a case that is not there', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (id) => {
        const { out, err } = await new ACommandLine().type('case', `x${id}`);
        expect(out + err).not.to.match(OBEYED);
      }),
      { numRuns: 150 },
    );
  });

  it('never reaches a log file or the console of the service unescaped', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = { time: '2026-11-23T12:00:00.000Z', level: 'info', message: 'step failed', cause: null };
        const fields = { code: text };
        expect(consoleLine({ ...line, fields })).not.to.match(OBEYED);
        const json = jsonLine({ ...line, fields });
        expect(json).not.to.match(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(json)).to.include({ code: text });
      }),
    );
  });

  it('never reaches the page as markup, nor with characters that it would obey', () => {
    const files = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
    expect(files).to.include('main.tsx');
    for (const file of files) {
      const script = readFileSync(new URL(file, PAGE), 'utf8');
      expect(script, file).not.to.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/i);
    }
    fc.assert(
      fc.property(hostile, (text) => {
        expect(plain(text)).to.equal(plainText(text));
      }),
    );
  });
});
