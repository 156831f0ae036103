import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { cacheSecondsOf, checkShare, type ShareView } from '../../../../src/cli/doctor/share-checks.js';
import { checkInotify } from '../../../../src/cli/doctor/inotify-checks.js';
import { SettingsSchema } from '../../../../src/config/settings.js';
import { inboxesOf, type InboxSettings } from '../../../../src/ports/inbox-settings.js';
import { tempFolder } from '../../../temp-folder.js';

describe('mqi doctor on a share that is only read', () => {
  const folder = tempFolder();
  const inbox = (change: Partial<InboxSettings> = {}): InboxSettings => ({
    ...(inboxesOf(SettingsSchema.parse({}))[0] as InboxSettings),
    path: folder.path,
    ...change,
  });
  const NOW = 1_000_000_000;
  const well: ShareView = { names: [], newestMs: NOW, foldsCase: false, cacheSeconds: null };
  const look = async (change: Partial<ShareView>): Promise<readonly (readonly string[])[]> => {
    const found = await checkShare('inbox', inbox(), NOW, () => Promise.resolve({ ...well, ...change }));
    return found.map(({ result, message }) => [result, message]);
  };

  it('says what was looked at, and that renames are not tried', async () => {
    expect((await look({}))[0]?.[0]).to.equal('ok');
    expect((await look({}))[0]?.[1]).to.contain('renames are not tried');
    mkdirSync(join(folder.path, 'Case_1'));
    const [real] = await checkShare('inbox', inbox());
    expect(real?.message).to.contain('case in names: matters');
  });

  it('warns where its clock is ahead, and where it shows changes later than a folder counts as quiet', async () => {
    expect((await look({ newestMs: NOW + 61_000 }))[0]).to.deep.include.members(['warn']);
    expect((await look({ cacheSeconds: 60 }))[0]?.[1]).to.match(/60 s late, and a folder counts as quiet after 10 s/);
    expect((await look({ cacheSeconds: 1 }))[0]?.[0]).to.equal('ok');
  });

  it('takes the delay from how it is mounted, as the manuals say', () => {
    const of = (line: string): number | null => cacheSecondsOf(`/dev/sda / ext4 rw 0 0\n${line}\n`, '/share/in');
    expect(of('srv:/x /share nfs4 rw,vers=4.2 0 0')).to.equal(60);
    expect(of('srv:/x /share nfs rw,acdirmax=5,acregmax=3 0 0')).to.equal(5);
    expect(of('srv:/x /share nfs rw,noac 0 0')).to.equal(0);
    expect(of('//srv/x /share cifs rw,actimeo=30 0 0')).to.equal(30);
    expect(of('//srv/x /share cifs rw 0 0')).to.equal(1);
    expect(of('//srv/x /other cifs rw 0 0')).to.equal(null);
  });

  it('holds the folders of the inboxes against what inotify allows', async () => {
    mkdirSync(join(folder.path, 'a/b/c'), { recursive: true });
    const result = async (maxWatches: number | null, maxInstances = 128): Promise<string> =>
      (await checkInotify([inbox()], { maxWatches, maxInstances })).result;
    expect(await result(100)).to.equal('ok');
    expect(await result(null)).to.equal('ok');
    expect(await result(8)).to.equal('warn');
    expect(await result(4)).to.equal('fail');
    expect(await result(100, 2)).to.equal('warn');
    const polled = await checkInotify([inbox({ watch: 'poll' })], { maxWatches: 1, maxInstances: 1 });
    expect(polled.result).to.equal('ok');
  });
});
