import type { CommandHost } from './command-context.js';

type AddCommand = (host: CommandHost) => void;

/** Every command by its name, in the order of the help text. Each is loaded when it is called, or all of them for the help. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  start: async () => (await import('./start-command.js')).startCommand,
  cases: async () => (await import('./cases-command.js')).casesCommand,
  case: async () => (await import('./case-command.js')).caseCommand,
  logs: async () => (await import('./logs-command.js')).logsCommand,
  retry: async () => (await import('./retry-command.js')).retryCommand,
  hold: async () => (await import('./hold-command.js')).holdCommand,
  resume: async () => (await import('./resume-command.js')).resumeCommand,
  cancel: async () => (await import('./cancel-command.js')).cancelCommand,
  priority: async () => (await import('./priority-command.js')).priorityCommand,
  deliver: async () => (await import('./deliver-command.js')).deliverCommand,
  submit: async () => (await import('./submit-command.js')).submitCommand,
  gpus: async () => (await import('./gpus-command.js')).gpusCommand,
  targets: async () => (await import('./targets-command.js')).targetsCommand,
  notify: async () => (await import('./notify-command.js')).notifyCommand,
  rerun: async () => (await import('./rerun-command.js')).rerunCommand,
  diff: async () => (await import('./diff-command.js')).diffCommand,
  pseudonyms: async () => (await import('./pseudonyms-command.js')).pseudonymsCommand,
  doctor: async () => (await import('./doctor-command.js')).doctorCommand,
  'support-bundle': async () => (await import('./support-bundle-command.js')).supportBundleCommand,
  config: async () => (await import('./config-command.js')).configCommand,
  db: async () => (await import('./db-command.js')).dbCommand,
  user: async () => (await import('./user-command.js')).userCommand,
  audit: async () => (await import('./audit-command.js')).auditCommand,
  service: async () => (await import('./service-command.js')).serviceCommand,
  'import-legacy': async () => (await import('./import-legacy-command.js')).importLegacyCommand,
  'make-case': async () => (await import('./make-case-command.js')).makeCaseCommand,
  demo: async () => (await import('./demo-command.js')).demoCommand,
};

/**
 * The commands that this call may mean: those whose name stands among the arguments, wherever (options come before or after
 * it). All of them where none does, for the help and for what was probably meant; none where only the version is asked.
 */
export function commandsFor(argv: readonly string[]): Promise<readonly AddCommand[]> {
  if (argv.length === 1 && argv[0] === '--version') return Promise.resolve([]);
  const named = Object.entries(COMMANDS).filter(([name]) => argv.includes(name));
  const wanted = named.length > 0 ? named : Object.entries(COMMANDS);
  return Promise.all(wanted.map(([, load]) => load()));
}
