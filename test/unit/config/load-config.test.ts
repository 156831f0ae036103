import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { configIn } from '../../builders/config-in.js';
import { tempFolder } from '../../temp-folder.js';

describe('configuration', () => {
  const folder = tempFolder();

  const { load, problems } = configIn(folder);

  describe('where values come from', () => {
    it('has a working default for everything, without a file', () => {
      const { settings, origins, file } = load();
      expect(settings.database).to.deep.equal({
        kind: 'sqlite',
        path: join(folder.path, 'data/mqi.sqlite'),
        url: null,
        connectionTimeoutSeconds: 30,
        journalMode: 'WAL',
        synchronous: 'NORMAL',
        cacheSize: -2000,
      });
      expect(settings.processing).to.deep.equal({ maxRetries: 3, retryDelaySeconds: 5, retryDelayCapSeconds: 600 });
      expect(settings.progressTracking).to.deep.equal({
        pollingIntervalSeconds: 5,
        coarsePhaseProgress: { validated: 5, interpreted: 10, simulated: 90, assembled: 95 },
      });
      expect(new Set(Object.values(origins))).to.deep.equal(new Set(['default']));
      expect(file).to.equal(null);
    });

    it('lets the file win over the default, the environment over the file, and the flag over all', () => {
      const { settings, origins } = load({
        yaml: 'root: from-file\nprocessing:\n  maxRetries: 7\n  retryDelaySeconds: 9\n',
        env: { MQI_PROCESSING_MAX_RETRIES: '8', MQI_ROOT: 'from-environment' },
        root: 'from-flag',
      });
      expect(settings.processing).to.deep.equal({ maxRetries: 8, retryDelaySeconds: 9, retryDelayCapSeconds: 600 });
      expect(settings.root).to.equal(join(folder.path, 'from-flag'));
      expect(origins).to.include({
        root: 'flag',
        'processing.maxRetries': 'environment',
        'processing.retryDelaySeconds': 'file',
        'processing.retryDelayCapSeconds': 'default',
      });
    });

    it('reads numbers, true and false, null and lists from the environment', () => {
      const { settings } = load({
        yaml: 'intake: { readyMarker: READY }\nengine: { kind: command }\n',
        env: {
          MQI_INTAKE_QUIET_SECONDS: '0.5',
          MQI_INTAKE_READY_MARKER: 'null',
          MQI_INTAKE_MAX_GIB: '12',
          MQI_WEB_ENABLED: 'false',
          MQI_EXECUTION_SLOTS: '3',
          MQI_GEOMETRY_DOSE_SPACING_MM: '[1, 1, 2.5]',
          MQI_ENGINE_COMMAND_ARGV: '["dose", "{input}", "{output}"]',
          MQI_UPLOADS: '[{"name": "pacs", "kind": "folder", "path": "/srv/dose"}]',
          MQI_LOGGING_LEVEL: '',
        },
      });
      expect(settings.intake).to.include({ quietSeconds: 0.5, readyMarker: null, maxGiB: 12 });
      expect(settings.web.enabled).to.equal(false);
      expect(settings.execution.slots).to.equal(3);
      expect(settings.geometry.doseSpacingMm).to.deep.equal([1, 1, 2.5]);
      expect(settings.engine.command.argv).to.deep.equal(['dose', '{input}', '{output}']);
      expect(settings.uploads).to.deep.equal([
        { name: 'pacs', kind: 'folder', path: '/srv/dose', dicom: null, dicomweb: null },
      ]);
      expect(settings.logging.level).to.equal('info');
    });

    it('takes paths from the root, and the root from where the command was given', () => {
      const { settings } = load({ yaml: 'root: ../clinic\nintake: { inbox: /mnt/share }\n' });
      const root = join(folder.path, '../clinic');
      expect(settings.root).to.equal(root);
      expect(settings.database.path).to.equal(join(root, 'mqi.sqlite'));
      expect(settings.intake.inbox).to.equal('/mnt/share');
      expect(settings.uploads[0]?.path).to.equal(join(root, 'outbox'));
    });

    it('reads the file named by the flag before the one in MQI_CONFIG, and that before config/mqi.yaml', () => {
      for (const [name, retries] of [
        ['flag.yaml', 11],
        ['env.yaml', 12],
      ] as const) {
        writeFileSync(join(folder.path, name), `processing: { maxRetries: ${String(retries)} }\n`);
      }
      const yaml = 'processing: { maxRetries: 13 }\n';
      const env = { MQI_CONFIG: 'env.yaml' };
      expect(load({ yaml, env, file: 'flag.yaml' }).settings.processing.maxRetries).to.equal(11);
      expect(load({ yaml, env }).settings.processing.maxRetries).to.equal(12);
      expect(load({ yaml }).settings.processing.maxRetries).to.equal(13);
      expect(load({ yaml, env }).file).to.equal(join(folder.path, 'env.yaml'));
    });

    it('takes a file of nothing but comments, and sections without keys, as defaults', () => {
      expect(load({ yaml: '# nothing yet\n' }).settings.processing.maxRetries).to.equal(3);
      expect(load({ yaml: 'processing:\n  # maxRetries: 5\n' }).settings.processing.maxRetries).to.equal(3);
    });
  });

  describe('a file that cannot be used', () => {
    it('is named when it does not exist, is a folder or may not be read', () => {
      expect(problems({ file: 'gone.yaml' })).to.deep.equal(['the configuration file does not exist (gone.yaml)']);
      expect(problems({ env: { MQI_CONFIG: 'gone.yaml' } })).to.have.length(1);
      mkdirSync(join(folder.path, 'sub'));
      expect(problems({ file: 'sub' })).to.deep.equal(['the configuration file is a folder (sub)']);
    });

    it('is refused with the reason that the system gives', () => {
      writeFileSync(join(folder.path, 'plain.yaml'), 'root: x\n');
      expect(problems({ file: 'plain.yaml/mqi.yaml' })[0]).to.contain('cannot be read (ENOTDIR)');
    });

    it('gives the line of each mistake in YAML', () => {
      const found = problems({ yaml: 'root: data\nprocessing:\n  maxRetries: [1, 2\nweb: {}\n' });
      expect(found.join('\n')).to.match(/not valid YAML: .*config\/mqi\.yaml:[34]\)/s);
      expect(problems({ yaml: 'root: a\nroot: b\n' }).join()).to.match(/unique.*mqi\.yaml:2/);
      expect(problems({ yaml: 'root: a\n---\nroot: b\n' })).to.have.length(1);
    });

    it('must hold keys', () => {
      expect(problems({ yaml: '- a\n- b\n' }).join()).to.contain('must hold keys');
      expect(problems({ yaml: 'just text\n' }).join()).to.contain('must hold keys');
    });
  });
});
