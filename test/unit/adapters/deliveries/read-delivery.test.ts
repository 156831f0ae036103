import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDelivery, readLayer } from '../../../../src/adapters/deliveries/read-delivery.js';
import { compareDelivery } from '../../../../src/domain/delivery-comparison.js';
import type { PlannedLayer } from '../../../../src/domain/delivery-comparison.js';
import { deliveredSpots } from '../../../../src/domain/delivered-spots.js';
import type { DeliveredLayer } from '../../../../src/domain/delivered-spots.js';
import { CaseError } from '../../../../src/domain/errors.js';
import type { PhantomBeam } from '../../../../src/adapters/dicom/writing/synthetic/phantom.js';
import {
  aDeliveryLog,
  COUNTS_PER_METERSET,
  TYPICAL_CALIBRATION,
  writeFiles,
} from '../../../builders/a-delivery-log.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

const plannedLayers = (beam: PhantomBeam): readonly PlannedLayer[] =>
  beam.layers.map(({ energyMeV, xMm, yMm, weights }) => ({
    energyMeV,
    xMm,
    yMm,
    meterset: weights.map((weight) => (weight * beam.meterset) / beam.finalCumulativeMetersetWeight),
  }));

describe('A delivery folder', () => {
  const temp = tempFolder();
  let folder: string;
  const { phantom, files, folders } = aDeliveryLog();
  beforeEach(() => {
    writeFiles(temp.path, files);
    folder = join(temp.path, folders[0]!);
  });
  const refused = async (): Promise<CaseError> => {
    const error = await rejection(readDelivery(folder));
    expect(error).to.be.instanceOf(CaseError);
    return error as CaseError;
  };
  const change = (name: string, from: string | RegExp, to: string): void => {
    const text = files.get(`${folders[0]!}/${name}`)!.toString('latin1').replace(from, to);
    writeFileSync(join(folder, name), text, 'latin1');
  };
  const FIRST = '02_0001_001_001_001.ptn';

  it('tells beam, layers, energies and when the machine began', async () => {
    const record = await readDelivery(join(temp.path, folders[1]!));
    expect(record).to.include({ beamNumber: 2, startLayer: 1, stopLayer: 3, patientId: phantom.patientId });
    expect(record.startedAt).to.equal(Date.UTC(2025, 3, 24, 14, 43, 8));
    expect(record.layers.map(({ energyMeV }) => energyMeV)).to.deep.equal(
      phantom.beams[1]!.layers.map(({ energyMeV }) => energyMeV),
    );
  });

  it('delivered as planned shows spots and MU of the plan again, within the resolution of a count', async () => {
    const record = await readDelivery(folder);
    const delivered = new Map<number, readonly DeliveredLayer[]>();
    for (const layer of record.layers) {
      delivered.set(layer.layerNumber, [deliveredSpots(await readLayer(folder, layer, TYPICAL_CALIBRATION), 1)]);
    }
    expect([...delivered.values()].map(([layer]) => layer!.spots.length)).to.deep.equal([7, 7, 7]);
    const { layers, missingLayers } = compareDelivery(plannedLayers(phantom.beams[0]!), delivered, COUNTS_PER_METERSET);
    expect(missingLayers).to.deep.equal([]);
    for (const { position, metersetDifference } of layers) {
      expect(position!.maxMm).to.be.below(0.0085);
      // Seven spots of four rows, each rounded to a count.
      expect(Math.abs(metersetDifference!)).to.be.at.most((7 * 4 * 0.5) / COUNTS_PER_METERSET);
    }
  });

  it('weighs counts by the monitor range of the layer: 160, 470, 1400, 4200 or 12600 nA against 470 nA', async () => {
    const factors: number[] = [];
    for (const code of [1, 2, 3, 4, 5]) {
      change('PlanRange.txt', /,2,2,2,2,/, `,${String(code)},2,2,2,`);
      factors.push((await readDelivery(folder)).layers[0]!.monitorRangeFactor);
    }
    factors.forEach((factor, i) => expect(factor).to.be.closeTo([160, 470, 1400, 4200, 12600][i]! / 470, 1e-8));
  });

  it('may tell when it began without hundredths of a second', async () => {
    change('PlanInfo.txt', /(TIME,\d{14})\d\d/, '$1');
    expect((await readDelivery(folder)).startedAt).to.equal(Date.UTC(2025, 3, 24, 14, 40, 8));
  });

  it('is found whatever the case of its names, with PlanRange.csv, Windows line ends and a byte order mark', async () => {
    change('PlanInfo.txt', /^/, 'ï»¿');
    change('PlanRange.txt', /\n/g, '\r\n');
    renameSync(join(folder, 'PlanInfo.txt'), join(folder, 'PLANINFO.TXT'));
    renameSync(join(folder, 'PlanRange.txt'), join(folder, 'planrange.Csv'));
    renameSync(join(folder, FIRST), join(folder, FIRST.toUpperCase()));
    const record = await readDelivery(folder);
    expect((await readLayer(folder, record.layers[0]!, TYPICAL_CALIBRATION)).rows).to.equal(28);
  });

  it('of an interrupted beam needs the logs up to the layer it stopped at only', async () => {
    change('PlanInfo.txt', 'STOP_LAYER_NUMBER,3', 'STOP_LAYER_NUMBER,2');
    rmSync(join(folder, '02_0001_001_001_003.ptn'));
    expect((await readDelivery(folder)).layers.map(({ layerNumber }) => layerNumber)).to.deep.equal([1, 2]);
  });

  const FAULTS: readonly [string, () => void, RegExp][] = [
    [
      'without a .ptn file',
      () => {
        rmSync(join(folder, FIRST));
      },
      /^02_0001_001_001_001\.ptn: is missing/,
    ],
    [
      'without PlanInfo',
      () => {
        rmSync(join(folder, 'PlanInfo.txt'));
      },
      /^PlanInfo\.txt: is missing/,
    ],
    [
      'with two PlanInfo',
      () => {
        writeFileSync(join(folder, 'PLANINFO.txt'), '');
      },
      /PlanInfo\.txt: is there more than once/,
    ],
    [
      'with zero bytes in PlanInfo',
      () => {
        change('PlanInfo.txt', /$/, 'KEY,\0\n');
      },
      /^PlanInfo\.txt: is not a text file/,
    ],
    [
      'with a key missing',
      () => {
        change('PlanInfo.txt', /DICOM_BEAM.*\n/, '');
      },
      /DICOM_BEAM_NUMBER is missing/,
    ],
    [
      'with a line that is no pair',
      () => {
        change('PlanInfo.txt', /\n/, '\nDoe^John\n');
      },
      /^PlanInfo\.txt: line 2 is not KEY,value$/,
    ],
    [
      'that stopped before it started',
      () => {
        change('PlanInfo.txt', /START_LAYER_NUMBER,1/, 'START_LAYER_NUMBER,4');
      },
      /is below/,
    ],
    [
      'on 30 February',
      () => {
        change('PlanInfo.txt', /TIME,20250424/, 'TIME,20250230');
      },
      /TCSC_IRRAD_DATETIME/,
    ],
    [
      'that stopped at a layer without a row',
      () => {
        change('PlanInfo.txt', 'STOP_LAYER_NUMBER,3', 'STOP_LAYER_NUMBER,99999');
      },
      /no row for layer 4/,
    ],
    [
      'with an unknown monitor range',
      () => {
        change('PlanRange.txt', /,2,2,2,2,/, ',6,2,2,2,');
      },
      /line 2: DOSE1_RANGE/,
    ],
    [
      'with a path as name of a file',
      () => {
        change('PlanRange.txt', /02_0001_001_001_001/, '../../Doe');
      },
      /line 2: SCAN_OUT_FL_NM/,
    ],
    [
      'with a layer twice',
      () => {
        change('PlanRange.txt', /\n1,2,/, '\n1,1,');
      },
      /line 3: layer 1 is there twice/,
    ],
    [
      'with a link for PlanRange',
      () => {
        rmSync(join(folder, 'PlanRange.txt'));
        symlinkSync('/etc/passwd', join(folder, 'PlanRange.txt'));
      },
      /PlanRange\.txt: is a link/,
    ],
    [
      'with a FIFO for PlanInfo',
      () => {
        rmSync(join(folder, 'PlanInfo.txt'));
        execFileSync('mkfifo', [join(folder, 'PlanInfo.txt')]);
      },
      /PlanInfo\.txt: is not a regular file/,
    ],
    [
      'with a PlanInfo of 60 GB',
      () => {
        truncateSync(join(folder, 'PlanInfo.txt'), 60 * 2 ** 30);
      },
      /PlanInfo\.txt: 64424509440 bytes/,
    ],
    [
      'that is no folder',
      () => {
        folder = join(folder, FIRST);
      },
      /could not be read \(ENOTDIR\)/,
    ],
  ];
  for (const [what, damage, message] of FAULTS) {
    it(`${what} is refused, by the name of the file and with a remedy, without the patient`, async () => {
      damage();
      const error = await refused();
      expect(error.severity).to.equal('input');
      expect(error.message)
        .to.match(message)
        .and.not.match(/Doe|SYNTHETIC/);
      expect(error.remedy).not.to.equal('');
    });
  }

  const LAYER_FAULTS: readonly [string, () => void, RegExp][] = [
    [
      'cut off within a row',
      () => {
        truncateSync(join(folder, FIRST), 40);
      },
      /40 bytes are not whole rows of 16/,
    ],
    [
      'empty',
      () => {
        truncateSync(join(folder, FIRST), 0);
      },
      /is empty/,
    ],
    [
      'of 60 GB',
      () => {
        truncateSync(join(folder, FIRST), 60 * 2 ** 30);
      },
      /64424509440 bytes/,
    ],
    [
      'of another layer',
      () => {
        renameSync(join(folder, FIRST.replace('001.ptn', '002.ptn')), join(folder, FIRST));
      },
      /row 1 is of another layer than 1/,
    ],
    [
      'gone since',
      () => {
        rmSync(join(folder, FIRST));
      },
      /could not be read \(ENOENT\)/,
    ],
  ];
  for (const [what, damage, message] of LAYER_FAULTS) {
    it(`with a .ptn file ${what} is refused by the name of the file`, async () => {
      const record = await readDelivery(folder);
      damage();
      const error = await rejection(readLayer(folder, record.layers[0]!, TYPICAL_CALIBRATION));
      expect(error).to.be.instanceOf(CaseError).with.property('severity', 'input');
      expect((error as CaseError).message)
        .to.match(message)
        .and.match(/^02_0001_001_001_001\.ptn: /);
    });
  }

  it('whose .ptn files carry other names never shows those names', async () => {
    change('PlanRange.txt', FIRST, 'Doe_John.ptn');
    expect((await refused()).message).to.equal('the .ptn file of layer 1: is missing');
  });
});
