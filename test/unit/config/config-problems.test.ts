import { configIn, type GivenConfig } from '../../builders/config-in.js';
import { expect } from 'chai';
import { tempFolder } from '../../temp-folder.js';

describe('mistakes in the configuration', () => {
  const { problems } = configIn(tempFolder());

  describe('what stops the start', () => {
    const stops: readonly [string, GivenConfig, readonly (string | RegExp)[]][] = [
      [
        'a misspelt key, with the nearest known one and its line',
        { yaml: 'processing:\n  maxRetrys: 3\n' },
        ['processing.maxRetrys = 3: unknown key; did you mean processing.maxRetries? (config/mqi.yaml:2)'],
      ],
      [
        'a key in the wrong section',
        { yaml: 'intake: { maxRetries: 3 }\n' },
        ['intake.maxRetries = 3: unknown key; did you mean processing.maxRetries? (config/mqi.yaml:1)'],
      ],
      [
        'a misspelt section',
        { yaml: 'procesing:\n  maxRetries: 3\n' },
        ['procesing = {"maxRetries":3}: unknown key; did you mean processing? (config/mqi.yaml:1)'],
      ],
      [
        'a number that is a text',
        { yaml: 'processing: { maxRetries: "3" }\n' },
        ['processing.maxRetries = "3": must be a whole number, at least 0 (config/mqi.yaml:1)'],
      ],
      [
        'a number out of range',
        { yaml: 'database: { connectionTimeoutSeconds: 301 }\n' },
        ['database.connectionTimeoutSeconds = 301: must be a number from 1 to 300 (config/mqi.yaml:1)'],
      ],
      [
        'a further inbox without a proper name, or with a key it does not have',
        { yaml: "intake:\n  inboxes: [{ name: 'Room 1', path: a }, { name: b, path: b, folder: c }]\n" },
        [
          /^intake\.inboxes\[0\]\.name = "Room 1": must be a lower-case letter, then/,
          /^intake\.inboxes\[1\]\.folder = "c": unknown key/,
        ],
      ],
      [
        'two further inboxes of one name, or in each other, or in the first one',
        { yaml: 'intake:\n  inboxes: [{ name: a, path: x }, { name: a, path: x/y }, { name: c, path: inbox/z }]\n' },
        [
          /^intake\.inboxes\[1\]\.name = "a": must differ from the names of the other inboxes/,
          /^intake\.inboxes\[1\]\.path = ".*x\/y": must not be, hold or lie in intake\.inboxes\[0\]\.path/,
          /^intake\.inboxes\[2\]\.path = ".*inbox\/z": must not be, hold or lie in intake\.inbox /,
        ],
      ],
      [
        'a further inbox among what is ours',
        { yaml: 'intake:\n  inboxes: [{ name: a, path: work/a }, { name: b, path: outbox }]\n' },
        [
          /^intake\.inboxes\[0\]\.path = ".*work\/a": must not overlap the folder work of the root/,
          /^uploads\[0\]\.path = ".*outbox": must not overlap the inbox/,
        ],
      ],
      [
        'a misspelt word, with the nearest known one',
        { yaml: 'database: { journalMode: wall }\n' },
        [/^database\.journalMode = "wall": must be one of DELETE.*did you mean WAL\?/],
      ],
      [
        'a value where a section belongs',
        { yaml: 'processing: 3\n' },
        ['processing = 3: is a section: must hold keys (config/mqi.yaml:1)'],
      ],
      [
        'a section where a value belongs, however deep',
        { yaml: 'processing: { maxRetries: { a: { b: 1 } } }\n' },
        [/^processing\.maxRetries = .*must be a whole number/],
      ],
      [
        'a value without anything',
        { yaml: 'processing:\n  maxRetries:\n' },
        ['processing.maxRetries = null: must be a whole number, at least 0 (config/mqi.yaml:2)'],
      ],
      [
        'a wrong variable, by its name',
        { env: { MQI_PROCESSING_MAX_RETRIES: '3x' } },
        ['processing.maxRetries = "3x": must be a whole number, at least 0 (MQI_PROCESSING_MAX_RETRIES)'],
      ],
      [
        'a misspelt variable',
        { env: { MQI_PROCESSING_MAX_RETRYS: '3', MQI_PROCESING_MAX_RETRIES: '3' } },
        [
          /^MQI_PROCESSING_MAX_RETRYS: unknown variable; did you mean MQI_PROCESSING_MAX_RETRIES/,
          /^MQI_PROCESING_MAX_RETRIES: unknown variable; did you mean MQI_PROCESSING_MAX_RETRIES/,
        ],
      ],
      [
        'an unknown key in an entry of a list',
        { yaml: 'uploads:\n  - name: a\n    kind: folder\n    path: p\n    pth: q\n' },
        ['uploads[0].pth = "q": unknown key; did you mean uploads[].path? (config/mqi.yaml:5)'],
      ],
      [
        'a missing key in an entry of a list',
        { yaml: 'machines:\n  - pattern: G1\n' },
        [/^machines\[0\]\.beamModel: is missing: must be the name of a file/],
      ],
      ['an empty list of targets', { yaml: 'uploads: []\n' }, [/^uploads = \[\]: must be list of at least one/]],
      [
        'a wrong number within a list',
        { yaml: 'geometry: { phantom: { sizeMm: [300, 5, 400] } }\n' },
        [/^geometry\.phantom\.sizeMm\[1\] = 5: must be a number from 10 to 1000/],
      ],
      ['zero slots', { yaml: 'execution: { slots: 0 }\n' }, [/^execution\.slots = 0: must be auto, or a whole number/]],
      ['a port that is none', { yaml: 'web: { port: 65536 }\n' }, [/must be a whole number from 0 to 65535/]],
      ['a layout without braces', { yaml: 'intake: { layout: "*/case" }\n' }, [/must be names in braces/]],
      [
        'a machine pattern that is no regular expression',
        { yaml: 'machines: [{ pattern: "/G(1/", beamModel: generic }]\n' },
        [/^machines\[0\]\.pattern = "\/G\(1\/": must be a piece of a machine name/],
      ],
      [
        'a calibration that is not whole',
        {
          yaml: 'machines: [{ pattern: G1, beamModel: generic, calibration: { timeGainMs: 0.06, xOffsetCounts: 1, yOffsetCounts: 2, xGainMm: 0, yGainMM: 1 } }]\n',
        },
        [
          /^machines\[0\]\.calibration\.xGainMm = 0: must be a number of mm \(per count\) from -1 to 1, not 0/,
          /^machines\[0\]\.calibration\.yGainMm: is missing/,
          /^machines\[0\]\.calibration\.yGainMM = 1: unknown key; did you mean machines\[\]\.calibration\.yGainMm\?/,
        ],
      ],
      [
        'a gantry that moqui does not know',
        { yaml: 'machines: [{ pattern: G1, beamModel: generic, gantryNumber: 3 }]\n' },
        [/^machines\[0\]\.gantryNumber = 3: must be null, 1 or 2/],
      ],
      ['a marker with a path', { yaml: 'intake: { readyMarker: a/b }\n' }, [/must be null, or a file name/]],
    ];
    for (const [what, given, expected] of stops) {
      it(what, () => {
        const found = problems(given);
        expect(found).to.have.length(expected.length);
        expected.forEach((text, i) => {
          if (typeof text === 'string') expect(found[i]).to.equal(text);
          else expect(found[i]).to.match(text);
        });
      });
    }

    it('everything wrong at once, not just the first thing', () => {
      const found = problems({
        yaml: 'processing: { maxRetries: -1, retryDelaySeconds: 0 }\nroot: 5\nwat: 1\n',
        env: { MQI_WEB_PORT: 'high', MQI_DATABASE_KIND: 'postgres' },
      });
      expect(found.map((text) => text.split(/[ :]/)[0])).to.have.members([
        'wat',
        'root',
        'processing.maxRetries',
        'processing.retryDelaySeconds',
        'web.port',
        'database.url',
      ]);
    });

    it('but not variables of others that happen to begin like ours', () => {
      expect(problems({ env: { MQI_SERVICE_HOST: '10.0.0.1', MQI_CONFIG: '', PATH: '/bin' } })).to.deep.equal([]);
    });

    it('and none of it shows a password', () => {
      const found = problems({
        yaml: 'database: { url: "mysql://me:hunter2@db/x" }\nuploads: [{ name: a, kind: folder, path: p, password: hunter2 }]\nmail: { password: hunter2 }\n',
        env: { MQI_DATABASE_URL: '["hunter2"]' },
      });
      expect(found).to.have.length(3);
      expect(found.join('\n')).to.not.contain('hunter2');
    });
  });
});
