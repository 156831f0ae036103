import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ShiDeliveryReader } from '../../src/adapters/deliveries/shi-delivery-reader.js';
import { CaseError } from '../../src/domain/errors.js';
import type { DeliveredBeamLayer } from '../../src/domain/delivered-beam-layer.js';
import type { DeliveryReader } from '../../src/ports/delivery-reader.js';
import { aDeliveryLog, TYPICAL_CALIBRATION, writeFiles } from '../builders/a-delivery-log.js';
import { anAcceptedDelivery } from '../builders/an-accepted-case.js';
import { FakeDeliveryReader } from '../fakes/fake-delivery-reader.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';

const { files, folders } = aDeliveryLog({ beams: 1, layers: 2, spotsPerLayer: 3 });
const [FOLDER = ''] = folders;
const never = new AbortController().signal;
const reading = { calibration: TYPICAL_CALIBRATION, toleranceMm: 0.5 };

async function collected(layers: AsyncIterable<DeliveredBeamLayer>): Promise<readonly DeliveredBeamLayer[]> {
  const all: DeliveredBeamLayer[] = [];
  for await (const layer of layers) all.push(layer);
  return all;
}

/** Logs of one beam of two layers: given whole, and given as layers 1 and (again 1 and) 2. */
interface Subject {
  readonly reader: DeliveryReader;
  readonly caseFolder: string;
}

describe('Delivery reader', () => {
  const temp = tempFolder();

  const real = (): Subject => {
    writeFiles(temp.path, files);
    for (const [part, start, stop] of [
      ['a', 1, 1],
      ['b', 1, 2],
    ] as const) {
      for (const [path, bytes] of files) {
        const text = bytes
          .toString('latin1')
          .replace('START_LAYER_NUMBER,1', `START_LAYER_NUMBER,${String(start)}`)
          .replace('STOP_LAYER_NUMBER,2', `STOP_LAYER_NUMBER,${String(stop)}`);
        writeFiles(temp.path, new Map([[path.replace(FOLDER, part), Buffer.from(text, 'latin1')]]));
      }
    }
    return { reader: new ShiDeliveryReader(), caseFolder: temp.path };
  };

  const fake = async (): Promise<Subject> => {
    const { reader, caseFolder } = real();
    const found = await reader.headers(caseFolder, [FOLDER, 'a', 'b'], never);
    const whole = { folder: FOLDER, stopLayer: 2 };
    const layers = await collected(reader.layers(caseFolder, [anAcceptedDelivery(whole)], reading, never));
    const delivered = new Map([
      [FOLDER, layers],
      ['a', layers.slice(0, 1)],
      ['b', layers],
    ]);
    return { reader: new FakeDeliveryReader(found, delivered), caseFolder };
  };

  for (const [name, make] of [
    ['Sumitomo logs', () => Promise.resolve(real())],
    ['the fake', fake],
  ] as const) {
    describe(name, () => {
      it('tells of each folder what it holds, in the order asked, and of one without logs that PlanInfo is missing', async () => {
        const { reader, caseFolder } = await make();
        const found = await reader.headers(caseFolder, [FOLDER, 'b', 'nothing here'], never);
        expect(found.map(({ folder, header }) => [folder, header?.beamNumber])).to.deep.equal([
          [FOLDER, 1],
          ['b', 1],
          ['nothing here', undefined],
        ]);
        expect(found[0]!.layers.map(({ layerNumber }) => layerNumber)).to.deep.equal([1, 2]);
        expect(found[2]!.problems).not.to.be.empty;
      });

      it('gives the layers of a beam in their order, with all their spots', async () => {
        const { reader, caseFolder } = await make();
        const delivery = anAcceptedDelivery({ folder: FOLDER, stopLayer: 2 });
        const layers = await collected(reader.layers(caseFolder, [delivery], reading, never));
        expect(layers.map(({ layerNumber, parts }) => [layerNumber, parts.length])).to.deep.equal([
          [1, 1],
          [2, 1],
        ]);
        expect(layers[0]!.parts[0]!.spots).to.have.length(3);
      });

      it('adds up a layer in which the machine stopped and went on', async () => {
        const { reader, caseFolder } = await make();
        const deliveries = [
          anAcceptedDelivery({ folder: 'a', stopLayer: 1 }),
          anAcceptedDelivery({ folder: 'b', stopLayer: 2 }),
        ];
        const layers = await collected(reader.layers(caseFolder, deliveries, reading, never));
        expect(layers.map(({ parts }) => parts.length)).to.deep.equal([2, 1]);
      });

      it('refuses to read a delivery that is not there any more, and stops when it is told to', async () => {
        const { reader, caseFolder } = await make();
        const gone = anAcceptedDelivery({ folder: 'gone' });
        const error = await rejection(collected(reader.layers(caseFolder, [gone], reading, never)));
        expect(error).to.be.instanceOf(CaseError).with.property('code', 'delivery.log');
        const delivery = anAcceptedDelivery({ folder: FOLDER, stopLayer: 2 });
        await rejection(collected(reader.layers(caseFolder, [delivery], reading, AbortSignal.abort())));
        await rejection(reader.headers(caseFolder, [FOLDER], AbortSignal.abort()));
      });
    });
  }

  describe('of Sumitomo logs alone', () => {
    it('tells which layers have no file, and what is wrong with a file, and goes on to the next', async () => {
      const { reader, caseFolder } = real();
      rmSync(join(caseFolder, FOLDER, '02_0001_001_001_002.ptn'));
      writeFileSync(join(caseFolder, 'b', '02_0001_001_001_001.ptn'), 'cut off');
      const [first, second] = await reader.headers(caseFolder, [FOLDER, 'b'], never);
      expect(first).to.deep.include({ missingLayers: [2], problems: [] });
      expect(second!.missingLayers).to.deep.equal([]);
      expect(second!.problems).to.deep.equal([
        '02_0001_001_001_001.ptn: 7 bytes are not whole rows of 16: the file is cut off',
      ]);
    });

    it('tells of a file that has its size but not yet its content', async () => {
      const { reader, caseFolder } = real();
      const file = join(caseFolder, FOLDER, '02_0001_001_001_002.ptn');
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0, bytes.length / 2));
      const [delivery] = await reader.headers(caseFolder, [FOLDER], never);
      expect(delivery!.problems).to.deep.equal(['02_0001_001_001_002.ptn: its last row is of another layer than 2']);
    });

    it('refuses a folder that is no longer what was checked', async () => {
      const { reader, caseFolder } = real();
      for (const change of [{ beamNumber: 2 }, { stopLayer: 3 }, { startedAt: 1 }]) {
        const delivery = anAcceptedDelivery({ folder: FOLDER, stopLayer: 2, ...change });
        const error = await rejection(collected(reader.layers(caseFolder, [delivery], reading, never)));
        expect(error).to.be.instanceOf(CaseError).with.property('message').that.contains('no longer what was checked');
      }
    });
  });
});
