import { expect } from 'chai';
import fc from 'fast-check';
import { HostPaths } from '../../../src/domain/host-paths.js';

describe('names of files on another machine', () => {
  const shared = { here: '/srv/mqi/work', there: '/mnt/share' };
  const far = { root: '/srv/mqi', workDir: '/scratch/mqi', sharedFolder: null, installed: [] };

  it('below our root lie below its work folder; all others are the same', () => {
    const paths = new HostPaths(far);
    expect(paths.there('/srv/mqi/work/c/1')).to.equal('/scratch/mqi/root/work/c/1');
    expect(paths.there('/srv/mqi')).to.equal('/scratch/mqi/root');
    expect(paths.there('/srv/mqi-other/a')).to.equal('/srv/mqi-other/a');
    expect(paths.there('/opt/moqui')).to.equal('/opt/moqui');
    expect(paths.blobs()).to.equal('/scratch/mqi/blobs');
    expect(paths.isShared('/srv/mqi/work/c')).to.equal(false);
  });

  it('on a shared folder are those of the other path, and not copied', () => {
    const paths = new HostPaths({ ...far, sharedFolder: shared });
    expect(paths.there('/srv/mqi/work/c/1')).to.equal('/mnt/share/c/1');
    expect(paths.isShared('/srv/mqi/work/c/1')).to.equal(true);
    expect(paths.isShared('/srv/mqi/workshop')).to.equal(false);
    expect(paths.there('/srv/mqi/ct')).to.equal('/scratch/mqi/root/ct');
  });

  it('of what is installed elsewhere there are those of that place', () => {
    const paths = new HostPaths({ ...far, installed: [{ here: '/opt/moqui', there: '/usr/local/moqui' }] });
    expect(paths.there('/opt/moqui/bin/tps_env')).to.equal('/usr/local/moqui/bin/tps_env');
    expect(paths.installedThere('/opt/moqui/bin/tps_env')).to.equal('/usr/local/moqui/bin/tps_env');
  });

  it('of programs are the same, as nobody brings them there, but on a shared folder', () => {
    expect(new HostPaths(far).installedThere('/srv/mqi/engine.sh')).to.equal('/srv/mqi/engine.sh');
    const paths = new HostPaths({ ...far, sharedFolder: shared });
    expect(paths.installedThere('/srv/mqi/work/engine.sh')).to.equal('/mnt/share/engine.sh');
    expect(paths.installedThere('/srv/mqi/engine.sh')).to.equal('/srv/mqi/engine.sh');
  });

  it('are unchanged where the machine sees our disk', () => {
    const paths = new HostPaths({ ...far, workDir: null });
    expect(paths.there('/srv/mqi/a')).to.equal('/srv/mqi/a');
    expect(paths.isShared('/srv/mqi/a')).to.equal(true);
    expect(paths.blobs()).to.equal(null);
  });

  it('lead back to ours, for every file below the root', () => {
    const segment = fc.string({ minLength: 1, maxLength: 8 }).map((text) => `f${text.replaceAll('/', '_')}`);
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), fc.boolean(), (segments, isShared) => {
        const paths = new HostPaths({ ...far, sharedFolder: isShared ? shared : null });
        const path = ['/srv/mqi', ...segments].join('/');
        expect(paths.here(paths.there(path))).to.equal(path);
      }),
    );
  });
});
