import { parse, stringify } from 'yaml';
import { OPTIONS, SECTIONS, type Option } from './options.js';

const WIDTH = 110;

const HEAD = `MQI Communicator: every option with its default. Generated from the schema by "npm run generate"; the reference is docs/configuration.md.

Order: built-in default < this file < environment (the variable stands with each option; lists as JSON) < command line flag. A line left out means the default. Check with: mqi config check`;

/** config/mqi.yaml: every option, its meaning, rule and variable as comments, its default as value. */
export function renderConfigYaml(): string {
  const lines = [...comment(HEAD, ''), 'yaml-language-server: $schema=mqi.schema.json'].map((line, i, all) =>
    i === all.length - 1 ? `# ${line}` : line,
  );
  let section = '';
  for (const option of OPTIONS) {
    const above = option.path.slice(0, -1).join('.');
    if (above === '' || topOf(above) !== topOf(section)) lines.push('');
    for (const { path, key, description } of SECTIONS) {
      if (!isWithin(above, key) || isWithin(section, key)) continue;
      lines.push(...comment(description, indent(path.length - 1)), `${indent(path.length - 1)}${path.at(-1) ?? ''}:`);
    }
    section = above;
    lines.push(...optionLines(option));
  }
  return `${lines.join('\n')}\n`;
}

const topOf = (key: string): string => key.split('.')[0] ?? '';
const isWithin = (key: string, section: string): boolean => key === section || key.startsWith(`${section}.`);
const indent = (depth: number): string => '  '.repeat(depth);

function optionLines({ path, description, rule, environment, byDefault }: Option): string[] {
  const margin = indent(path.length - 1);
  const name = path.at(-1) ?? '';
  return [
    ...comment(description, margin),
    ...comment(`${rule} (${environment})`, margin),
    ...yamlOf(name, byDefault).map((line) => `${margin}${line}`),
  ];
}

/** Lists of numbers on one line, lists of entries one to a line. */
function yamlOf(name: string, value: unknown): string[] {
  const inline = (part: unknown): string =>
    stringify(part, { collectionStyle: 'flow', flowCollectionPadding: true, lineWidth: 0 }).trimEnd();
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  const isNested = entries.some((entry) => typeof entry === 'object');
  return isNested ? [`${name}:`, ...entries.flatMap((entry) => listed(inline(entry)))] : [`${name}: ${inline(value)}`];
}

/** An entry too long for one line has a field on each: in flow style the breaks mean nothing. */
function listed(entry: string): readonly string[] {
  if (entry.length <= WIDTH || !entry.startsWith('{')) return [`  - ${entry}`];
  const fields = stringify(parse(entry), { lineWidth: 0 }).trimEnd().split('\n');
  return fields.map((field, n) => `  ${n === 0 ? '-' : ' '} ${field}`);
}

function comment(text: string, margin: string): string[] {
  return text
    .split('\n')
    .flatMap((paragraph) => wrapped(paragraph, WIDTH - margin.length))
    .map((line) => `${margin}# ${line}`.trimEnd());
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
