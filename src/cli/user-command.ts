import { Option, type Command } from 'commander';
import { ROLES, type Role } from '../domain/role.js';
import { AuditTrail } from '../ports/audit-trail.js';
import { Logger } from '../ports/logger.js';
import { Users, type User } from '../ports/users.js';
import { UserAdministration } from '../workflow/user-administration.js';
import { localTime } from './case-columns.js';
import type { CommandContext, CommandHost } from './command-context.js';
import { settingsOf } from './configuration.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { plainJson } from './terminal/plain-text.js';
import { table, type Column } from './terminal/table.js';
import { usageError } from './usage-error.js';
import { withDatabase } from './with-database.js';

interface UserView {
  readonly name: string;
  readonly role: Role;
  readonly hasPassword: boolean;
  /** ISO 8601. */
  readonly changedAt: string;
}

const COLUMNS: readonly Column<UserView>[] = [
  { title: 'name', cell: ({ name }) => name },
  { title: 'role', cell: ({ role }) => role },
  { title: 'password', cell: ({ hasPassword }) => (hasPassword ? 'yes' : 'no') },
  { title: 'changed', cell: ({ changedAt }) => localTime(changedAt) },
];

/** `mqi user add|list|remove|password|role`. */
export function userCommand({ program, run }: CommandHost): void {
  const user = program.command('user').description('who may log in to the web page (web.auth users and proxy)');
  const json = 'print the user';
  user
    .command('add')
    .argument('<name>', 'letters, digits, dots, dashes, underlines and @')
    .description('add a user; the password is asked for, or read from stdin')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).makeOptionMandatory())
    .option('--no-password', 'for people whom a trusted proxy logs in (web.auth proxy)')
    .option('--json', json)
    .action((name: string, { role, password }: { role: Role; password: boolean }, command: Command) =>
      run(command, async (context) => {
        const secret = password ? await newPassword(context) : null;
        return change(context, (users) => users.add({ name, role, password: secret }));
      }),
    );
  user
    .command('list')
    .description('list users and their roles')
    .option('--json', 'print {"users":[...]}')
    .action((_options: unknown, command: Command) => run(command, list));
  user
    .command('remove')
    .argument('<name>', 'name of the user')
    .description('remove a user, whose sessions end at once')
    .option('--json', json)
    .action((name: string, _options: unknown, command: Command) =>
      run(command, (context) => change(context, (users) => users.remove(name))),
    );
  user
    .command('password')
    .argument('<name>', 'name of the user')
    .description('set a new password, asked for or read from stdin; sessions of the user end')
    .option('--json', json)
    .action((name: string, _options: unknown, command: Command) =>
      run(command, async (context) => {
        const secret = await newPassword(context);
        return change(context, (users) => users.setPassword(name, secret));
      }),
    );
  user
    .command('role')
    .argument('<name>', 'name of the user')
    .argument('<role>', ROLES.join(', '))
    .description('give another role, which holds at once')
    .option('--json', json)
    .action((name: string, role: string, _options: unknown, command: Command) =>
      run(command, (context) => change(context, (users) => users.setRole(name, roleOf(role)))),
    );
}

async function list(context: CommandContext): Promise<ExitCode> {
  const ports = await context.wiring.build(settingsOf(context));
  const users = (await ports.get(Users).list()).map(viewOf);
  const text = (): string =>
    users.length === 0 ? 'no users\n' : `${table(users, COLUMNS, context.terminal.columns).join('\n')}\n`;
  context.terminal.out(context.json ? plainJson({ users }) : text());
  return EXIT.done;
}

/** The database is opened for the audit trail. */
async function change(context: CommandContext, act: (users: UserAdministration) => Promise<User>): Promise<ExitCode> {
  const user = await withDatabase(context, (ports) => {
    const writing = { audit: ports.get(AuditTrail), log: ports.get(Logger) };
    return act(new UserAdministration(ports.get(Users), writing, context.actor));
  });
  const { name, role } = viewOf(user);
  context.terminal.out(context.json ? plainJson(viewOf(user)) : `${name}  ${role}\n`);
  return EXIT.done;
}

/** At a terminal it is asked for twice, since nothing is seen of it. */
async function newPassword({ readSecret, terminal }: CommandContext): Promise<string> {
  const password = await readSecret('password: ');
  if (!terminal.interactive || password === (await readSecret('again: '))) return password;
  throw usageError('the two passwords differ', 'try again');
}

function roleOf(text: string): Role {
  const role = ROLES.find((each) => each === text);
  if (role === undefined) throw usageError('there is no such role', `take one of ${ROLES.join(', ')}`);
  return role;
}

const viewOf = ({ name, role, hasPassword, changedAt }: User): UserView => ({
  name,
  role,
  hasPassword,
  changedAt: new Date(changedAt).toISOString(),
});
