import type { CaseDetailView } from '../../workflow/case-view.js';
import type { Terminal } from '../command-context.js';
import { fitText } from '../terminal/text-width.js';
import { demoLine, demoPicture } from './demo-view.js';

/** A picture that is drawn over in place. */
interface Drawing {
  (text: string): void;
  done(): void;
}

/** The live view in a terminal; elsewhere a line whenever something worth one happened. */
export class DemoScreen {
  #last = '';
  #pageShown = false;

  private constructor(
    private readonly terminal: Terminal,
    private readonly drawing: Drawing | null,
  ) {}

  static async on(terminal: Terminal): Promise<DemoScreen> {
    if (!terminal.interactive) return new DemoScreen(terminal, null);
    const { createLogUpdate } = await import('log-update');
    return new DemoScreen(terminal, createLogUpdate(process.stdout));
  }

  show(view: CaseDetailView, elapsedMs: number, page: string | null): void {
    if (this.drawing === null) this.#line(view, page);
    else this.drawing(fitted(demoPicture(view, elapsedMs, page), this.terminal.columns));
  }

  /** Leaves the last picture standing. */
  done(): void {
    this.drawing?.done();
  }

  #line(view: CaseDetailView, page: string | null): void {
    if (page !== null && !this.#pageShown) {
      this.#pageShown = true;
      this.terminal.out(`live page: ${page}\n`);
    }
    const line = demoLine(view);
    if (line === this.#last) return;
    this.#last = line;
    this.terminal.out(`${String(Math.floor(view.progress)).padStart(3)} %  ${line}\n`);
  }
}

/** A line that wraps would be drawn over wrongly; the address alone is kept whole, so that it can be opened. */
function fitted(picture: string, columns: number): string {
  const lines = picture.split('\n');
  return lines.map((line) => (line.includes('http') ? line : fitText(line, columns))).join('\n');
}
