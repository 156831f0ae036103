import { errorCode } from './host-failure.js';
import { OwnStarter } from './own-starter.js';
import { StartFailure } from './process-starter.js';
import type { Asked, Told } from './starter-messages.js';

/*
 * The starter: a small process of the service that starts programs for it (docs/adr/0260). It ends when the service does,
 * however that ends, since the channel to it is closed then; what it started goes on. Signals meant for all processes of
 * the service (systemd) are not for it: the service may still have something to start on its way out.
 */
const own = new OwnStarter();

function tell(told: Told): void {
  // Not sent: the service is gone, and 'disconnect' ends this one.
  process.send?.(told, undefined, undefined, () => undefined);
}

async function start({ id, start: wanted }: Asked & { readonly ask: 'start' }): Promise<void> {
  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  try {
    const process = await own.start(wanted, ended);
    tell({ tell: 'started', id, process });
  } catch (thrown) {
    const phase = thrown instanceof StartFailure ? thrown.phase : 'process';
    tell({ tell: 'not-started', id, phase, code: errorCode(thrown) });
    return;
  }
  await end;
  tell({ tell: 'exited', id });
}

async function run({ id, argv, env, limitMs }: Asked & { readonly ask: 'run' }): Promise<void> {
  const end = await own.run(argv, env, limitMs);
  if (end.how !== 'too-late') {
    tell({ tell: 'end', id, end });
    return;
  }
  tell({ tell: 'end', id, end: { how: 'too-late' } });
  await end.gone;
  tell({ tell: 'gone', id });
}

process.on('message', (asked: Asked) => {
  void (asked.ask === 'start' ? start(asked) : run(asked));
});
process.on('disconnect', () => {
  process.exit(0);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
tell({ tell: 'ready' });
