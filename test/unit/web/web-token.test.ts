import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CaseError } from '../../../src/domain/errors.js';
import { webToken, webTokenPath } from '../../../src/web/web-token.js';
import { tempFolder } from '../../temp-folder.js';

describe('the token of the web page', () => {
  const folder = tempFolder();

  it('is made at the first start, readable by its user alone, and kept', async () => {
    const root = join(folder.path, 'root');
    const token = await webToken(root);
    expect(token).to.match(/^[\w-]{32}$/);
    expect(await webToken(root)).to.equal(token);
    expect(readFileSync(webTokenPath(root), 'utf8')).to.equal(`${token}\n`);
    expect(statSync(webTokenPath(root)).mode & 0o777).to.equal(0o600);
    expect(readdirSync(root)).to.deep.equal(['web-token']);
  });

  it('is one token also when several make it at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => webToken(folder.path)));
    expect(new Set(tokens).size).to.equal(1);
  });

  it('is refused when the file is empty, rather than letting everybody in', async () => {
    writeFileSync(webTokenPath(folder.path), '\n');
    const thrown: unknown = await webToken(folder.path).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(CaseError).and.to.include({ code: 'web.token', severity: 'operator' });
  });

  it('may be chosen by the operator', async () => {
    writeFileSync(webTokenPath(folder.path), 'a-token-chosen-by-hand-1\n');
    chmodSync(webTokenPath(folder.path), 0o600);
    expect(await webToken(folder.path)).to.equal('a-token-chosen-by-hand-1');
  });
});
