import { CaseError, operator, permanent, transient } from '../../../src/domain/errors.js';
import type { CaseControl } from '../../../src/ports/case-control.js';
import type { Asker, Command, Given } from './commands.js';
import { ModelOperator, ModelService } from './model-service.js';
import { Promises } from './promises.js';
import { World } from './world.js';

const QUIET_MS = 60_000;
const FAILURES = {
  transient: transient('upload.unavailable', 'the target is away'),
  operator: operator('upload.auth', 'the target refuses us'),
  permanent: permanent('upload.refused', 'the target refuses the object'),
};

/** How often what happened; printed with the test, to see that the model goes everywhere. */
export type Counts = Record<string, number>;

/** One run of the model: the commands given, then quiet. */
export class Play {
  readonly world: World;
  readonly promises: Promises;
  #service: ModelService;

  constructor(
    seed: number,
    private readonly counts: Counts,
  ) {
    this.world = new World(seed);
    this.promises = new Promises(this.world);
    this.#service = this.#started();
  }

  /** What was broken, in words; empty when all promises were kept. */
  async run(commands: readonly Given[]): Promise<readonly string[]> {
    for (const { command, turns } of commands) {
      if (!this.#service.alive && this.world.random() < 0.6) this.#service = this.#started();
      await this.#apply(command);
      if (turns === null) await this.#settled();
      else for (let n = turns; n > 0; n -= 1) await Promise.resolve();
      if (this.promises.broken.length > 0) return this.promises.broken;
    }
    await this.#quiet();
    if (this.promises.broken.length === 0) await this.#letHeldOnesGo();
    this.#count();
    return this.promises.broken;
  }

  #started(): ModelService {
    const service = new ModelService(this.world);
    void service.start();
    return service;
  }

  async #settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    void this.#service.sweep();
    void this.#service.hear();
    await new Promise((resolve) => setImmediate(resolve));
    this.promises.heldKnown.clear();
    if (!this.#service.alive) return;
    for (const { id, heldBecause } of this.world.tables.cases.values()) {
      if (heldBecause !== null) this.promises.heldKnown.add(id);
    }
  }

  async #apply(command: Command): Promise<void> {
    const { world } = this;
    switch (command.do) {
      case 'drop':
        world.inbox.set(command.folder, command.content);
        void this.#service.sweep();
        return;
      case 'time':
        await world.clock.advance(command.ms);
        return;
      case 'jump':
        world.clock.setNow(world.clock.now() + command.hours * 3_600_000);
        return;
      case 'die':
        world.deaths += 1;
        this.#service.life.countdown = Math.min(this.#service.life.countdown, command.afterCalls);
        return;
      case 'stop':
        this.#service.stop();
        return;
      case 'engines':
      case 'steps':
      case 'target':
      case 'trouble':
        this.#spoil(command);
        return;
      default:
        this.#ask(command);
    }
  }

  /** What is to go wrong from now on. */
  #spoil(command: Extract<Command, { readonly do: 'engines' | 'steps' | 'target' | 'trouble' }>): void {
    const { world } = this;
    switch (command.do) {
      case 'engines':
        world.conducts.push(...command.conducts);
        return;
      case 'steps':
        world.stepTroubles.push(command.end);
        return;
      case 'target':
        world.targets[command.which]!.failure = command.failure === null ? null : FAILURES[command.failure];
        return;
      case 'trouble':
        world.troubles[command.kind] += command.calls;
        world.deaths += command.calls;
        return;
    }
  }

  #ask(command: Extract<Command, { readonly by: Asker }>): void {
    const rows = [...this.world.tables.cases.values()];
    const kase = rows[command.kase % Math.max(1, rows.length)];
    if (kase === undefined) return;
    let control: CaseControl = this.#service.control;
    if (command.by !== 'web') {
      const process = new ModelOperator(this.world);
      if (command.by === 'dying-cli') this.world.deaths += 1;
      if (command.by === 'dying-cli') process.life.countdown = 1 + Math.floor(this.world.random() * 16);
      control = process.control;
    }
    const { id } = kase;
    void request(control, command, id)
      .then(
        () => {
          this.#note(`${command.do} done`);
        },
        (thrown: unknown) => {
          this.#refused(command, thrown);
        },
      )
      .then(() => this.#service.hear());
  }

  #refused(command: Command, thrown: unknown): void {
    if (!(thrown instanceof CaseError) || thrown.severity === 'bug') {
      this.promises.breaks(
        `${command.do} met a bug: ${thrown instanceof Error ? String(thrown.stack) : String(thrown)}`,
      );
    }
    this.#note(`${command.do} refused`);
  }

  /** Nothing goes wrong any more, and time enough passes for whatever can go on to come to its end. */
  async #quiet(): Promise<void> {
    const { world } = this;
    world.mend();
    for (let tries = 0; tries < 4; tries++) {
      // A service that was told to die or to stop may still do so.
      if (!this.#service.alive) this.#service = this.#started();
      this.#service.life.countdown = Infinity;
      await this.#settled();
      await world.clock.advance(QUIET_MS);
      if (this.#service.alive && this.#allRest()) break;
    }
    await this.#settled();
    this.promises.atRest();
  }

  #allRest(): boolean {
    return (
      [...this.world.tables.cases.values()].every(
        ({ finishedAt, heldBecause, waitingFor, state }) =>
          finishedAt !== null || heldBecause !== null || (waitingFor !== null && state !== 'assembled'),
      ) && this.world.jobs.running.length === 0
    );
  }

  /** A hold is the only thing that stops a case: without it, it ends too. */
  async #letHeldOnesGo(): Promise<void> {
    const held = [...this.world.tables.cases.values()].filter(({ heldBecause }) => heldBecause !== null);
    if (held.length === 0) return;
    this.#note('held at the end');
    const { control } = new ModelOperator(this.world);
    for (const { id } of held) void control.resume(id, 'cli:model');
    await this.#quiet();
  }

  #note(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  #count(): void {
    for (const { state } of this.world.tables.cases.values()) this.#note(state);
    this.counts['jobs'] = (this.counts['jobs'] ?? 0) + this.world.jobs.jobs.size;
  }
}

function request(
  control: CaseControl,
  command: Extract<Command, { readonly by: Asker }>,
  id: string,
): Promise<unknown> {
  const actor = 'cli:model';
  switch (command.do) {
    case 'hold':
      return control.hold(id, 'to look at it', actor);
    case 'resume':
      return control.resume(id, actor);
    case 'cancel':
      return control.cancel(id, actor);
    case 'retry':
      return control.retry(id, {}, actor);
    case 'priority':
      return control.setPriority(id, command.value, actor);
    case 'redo': {
      const { from, beam } = command;
      const wanted = { ...(from === null ? {} : { from }), ...(beam === null ? {} : { beamNumber: beam }) };
      return control.retry(id, wanted, actor);
    }
  }
}
