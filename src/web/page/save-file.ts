import { ask } from './api.js';
import { carriesToken } from './session.js';

/** Whether a plain link would be refused: the browser sends a session's cookie along by itself, but no token. */
export const needsFetch = carriesToken;

/**
 * Reads a file with the page's own credentials and hands it to the browser to keep. Held in memory whole, which is why a link is used
 * where there is a session.
 */
export async function saveAs(address: string, name: string): Promise<void> {
  const content = await (await ask(address)).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}
