import { createConnection } from 'node:net';

/** True when something on this machine takes connections at the port. */
export function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const answer = (yes: boolean) => (): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.on('connect', answer(true));
    socket.on('error', answer(false));
  });
}
