import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildContainer } from '../../../src/container.js';
import { CaseMaker } from '../../../src/ports/case-maker.js';
import { CaseQueries } from '../../../src/ports/case-queries.js';
import { Logger } from '../../../src/ports/logger.js';
import { WebServer } from '../../../src/web/web-server.js';
import { MqiService } from '../../../src/workflow/service.js';
import { A_CALIBRATED_MACHINE } from '../../builders/a-machine.js';
import { someSettings } from '../../builders/some-settings.js';
import { removeFolder } from '../../remove-folder.js';

export interface FinishedCase {
  readonly root: string;
  readonly id: string;
  /** Of the live page, with its token behind `#`. */
  readonly pageUrl: string;
  readonly address: string;
  readonly token: string;
  /** Answers of the interface, as whoever holds the token gets them. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  end(): Promise<void>;
}

/** A real case with CT and delivery logs, calculated by the embedded engine and delivered; its page is served. */
export async function aFinishedCase(): Promise<FinishedCase> {
  const root = mkdtempSync(join(tmpdir(), 'mqi-test-'));
  const container = buildContainer(
    someSettings({
      root,
      machines: [A_CALIBRATED_MACHINE],
      intake: { inbox: join(root, 'inbox'), quietSeconds: 0.2, minFreeGiB: 0 },
      database: { path: join(root, 'mqi.sqlite') },
      uploads: [{ name: 'outbox', kind: 'folder', path: join(root, 'outbox') }],
      web: { port: 0 },
    }),
  );
  const wanted = { beams: 2, layers: 4, spotsPerLayer: 9, withCt: true, withDeliveryLogs: true, seed: 3 };
  mkdirSync(join(root, 'inbox'));
  await container.get(CaseMaker).make(join(root, 'inbox', 'water 1'), wanted);
  const service = container.get(MqiService);
  await service.open();
  if ((await service.run(true, new AbortController().signal)) !== 0) throw new Error('the case did not complete');
  const [row] = await container.get(CaseQueries).list({});
  if (row === undefined) throw new Error('no case was taken');
  const { address, pageUrl } = await container.get(WebServer).start();
  const token = pageUrl.slice(pageUrl.indexOf('token=') + 6);
  return {
    root,
    id: row.kase.id,
    pageUrl,
    address,
    token,
    get: (path, headers = {}) =>
      fetch(`${address}api/cases/${row.kase.id}/${path}`, {
        headers: { authorization: `Bearer ${token}`, ...headers },
      }),
    end: async () => {
      await container.get(WebServer).stop();
      await service.close();
      await container.get(Logger).close();
      removeFolder(root);
    },
  };
}
