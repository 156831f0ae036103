import type { Nudge } from '../../src/ports/nudge.js';

export class FakeNudge implements Nudge {
  nudges = 0;

  nudge(): void {
    this.nudges += 1;
  }
}
