import { OPTIONS, SECTIONS, type Option } from './options.js';

const HEAD = `# Configuration

<!-- Generated from the schema in src/config by "npm run generate"; do not edit. -->

One YAML file: \`--config FILE\`, else the variable \`MQI_CONFIG\`, else \`config/mqi.yaml\`, which lists every option and may be
missing. Examples stand in \`config/examples/\`; \`config/mqi.schema.json\` makes editors complete and check it.

Order: built-in default < file < environment < flag (\`--root\`). Variables hold lists as JSON; an empty variable is not set.
\`root\` counts from the working directory, every other relative path from \`root\`.

A key that is not known, a value of the wrong type or out of range, or settings that contradict each other stop the start
with exit code 2: each with its path, value, rule, line and the nearest known key, all of them together. \`mqi config check\`
does only that; \`mqi config show\` prints the effective values and where each comes from, passwords masked.
`;

/** docs/configuration.md: one table for each section. */
export function renderConfigTable(): string {
  const sections = [{ key: '', description: 'At the top level.' }, ...SECTIONS];
  const parts = sections.map(({ key, description }) => ({
    title: key === '' ? 'Top level' : `\`${key}\``,
    description,
    options: OPTIONS.filter(({ path }) => path.slice(0, -1).join('.') === key),
  }));
  return [HEAD, ...parts.filter(({ options }) => options.length > 0).map(sectionText)].join('\n');
}

const COLUMNS = ['key', 'default', 'rule', 'environment', 'meaning'];

function sectionText(part: { title: string; description: string; options: readonly Option[] }): string {
  const rows = part.options.map(({ key, byDefault, rule, environment, description }) => [
    `\`${key}\``,
    `\`${JSON.stringify(byDefault)}\``,
    rule,
    `\`${environment}\``,
    description,
  ]);
  const table = [COLUMNS, COLUMNS.map(() => '---'), ...rows].map(tableLine);
  return `## ${part.title}\n\n${part.description}\n\n${table.join('\n')}\n`;
}

const tableLine = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
