import { expect } from 'chai';
import { operator, toFailure, transient } from '../../../src/domain/errors.js';
import { afterSuccess, neverTried } from '../../../src/domain/target-state.js';
import { Readiness } from '../../../src/workflow/readiness.js';
import { aResource } from '../../builders/a-resource.js';
import { someWebPorts } from '../../builders/some-web-ports.js';
import { someSettings } from '../../builders/some-settings.js';

describe('whether the service is ready', () => {
  const bench = () => {
    const ports = someWebPorts();
    const { queries, inboxes, disk, tables } = ports;
    tables.resources.set('local/GPU-1', aResource());
    const readiness = new Readiness(queries, inboxes, disk, someSettings());
    const look = async () => {
      const checks = await readiness.look();
      return Object.fromEntries(checks.map(({ name, state, words }) => [name, `${state}: ${words}`]));
    };
    return { ...ports, look };
  };

  it('is told by what its database, share, disk, places and targets are, each in words', async () => {
    expect(await bench().look()).to.deep.equal({
      database: 'ok: the database answers',
      share: 'ok: the share is there',
      disk: 'ok: 1024.0 GiB are free',
      hosts: 'ok: all 1 places are in service',
      targets: 'ok: no upload target is known to be down',
    });
  });

  it('says each thing that is wrong, though others are wrong too', async () => {
    const { queries, tables, inboxes, disk, look } = bench();
    queries.countByState = () => Promise.reject(operator('database.gone', 'the database file is gone'));
    inboxes.of().watcher.loss = { since: 0, because: 'it cannot be listed (EIO)' } as never;
    disk.failure = transient('disk.failed', 'the disk does not answer');
    tables.resources.set('local/GPU-1', aResource({ outOfService: 'it fell off the bus' }));
    const error = toFailure(transient('upload.unavailable', 'nobody answers'));
    tables.targets.set('pacs', { ...afterSuccess(neverTried('pacs'), 1), state: 'down', error });
    expect(await look()).to.deep.equal({
      database: 'fail: the database file is gone',
      share: 'fail: the share is lost since 1970-01-01T00:00:00.000Z: it cannot be listed (EIO)',
      disk: 'fail: the disk does not answer',
      hosts: 'fail: local/GPU-1: it fell off the bus',
      targets: 'warn: upload target pacs is down, 0 cases wait: nobody answers',
    });
  });

  it('goes on with the places that are left, saying which are not', async () => {
    const { tables, look } = bench();
    tables.resources.set(
      'far/GPU-2',
      aResource({ id: 'far/GPU-2', host: 'far', occupied: 'host far cannot be reached' }),
    );
    expect((await look())['hosts']).to.equal('warn: far/GPU-2: host far cannot be reached');
  });
});
