// Every error code of the product with its severity, words and remedies, read out of the source: docs/error-codes.md.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
const SEVERITIES = ['transient', 'input', 'permanent', 'operator', 'bug'];
const CODE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$|^unclassified$/;
const FATE = {
  transient: 'tried again by itself; failed after `processing.maxRetries`',
  input: 'the case is rejected',
  permanent: 'the case, or the command, fails',
  operator: 'the case is held, or the command refused',
  bug: 'the case is held, for us to look at',
};

const sources = () =>
  readdirSync(join(top, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('web/page'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Text of a string or template, what is filled in as `…`; null for anything else. */
function textOf(ts, node, consts) {
  if (node === undefined) return null;
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (ts.isIdentifier(node)) return consts.get(node.text) ?? null;
  if (ts.isConditionalExpression(node)) return textOf(ts, node.whenTrue, consts) ?? textOf(ts, node.whenFalse, consts);
  return null;
}

function textConstants(ts, file) {
  const consts = new Map();
  const visit = (node) => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined) {
      const text = textOf(ts, node.initializer, consts);
      if (text !== null) consts.set(node.name.text, text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return consts;
}

const property = (ts, node, name) =>
  node !== undefined && ts.isObjectLiteralExpression(node)
    ? node.properties.find((each) => ts.isPropertyAssignment(each) && each.name.getText() === name)?.initializer
    : undefined;

/** The severity a call gives: by its own name, or by what stands before the code; a number there is an HTTP status. */
function severityOf(ts, call, at) {
  const before = call.arguments[at - 1];
  const name = before === undefined ? call.expression.getText() : before.getText().replaceAll("'", '');
  if (SEVERITIES.includes(name)) return name;
  return before !== undefined && ts.isNumericLiteral(before) ? `HTTP ${before.text}` : null;
}

/** The values of a table of codes, for `input(TIMEOUT_CODES[lacks], ...)`. */
function tableValues(ts, file, name) {
  const values = [];
  const visit = (node) => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name) {
      for (const each of node.initializer?.properties ?? []) values.push(textOf(ts, each.initializer, new Map()));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return values;
}

/**
 * The errors made in one file: `operator('code', 'message', { remedy })` and its like, wherever severity or status stand
 * before the code, and `{ code, message, remedy }`.
 */
function errorsOf(ts, path) {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
  const consts = textConstants(ts, file);
  const found = [];
  const said = (node) =>
    node !== undefined && ts.isElementAccessExpression(node)
      ? tableValues(ts, file, node.expression.getText()).join('; ')
      : textOf(ts, node, consts);
  const keep = (severity, codes, message, remedy) => {
    for (const code of codes) {
      if (code !== null && CODE.test(code))
        found.push({ severity, code, message: said(message), remedy: said(remedy) });
    }
  };
  const visit = (node) => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      for (const [at, argument] of (node.arguments ?? []).entries()) {
        const severity = at > 1 ? null : severityOf(ts, node, at);
        if (severity === null) continue;
        const codes = ts.isElementAccessExpression(argument)
          ? tableValues(ts, file, argument.expression.getText())
          : [textOf(ts, argument, consts)];
        const further = node.arguments[at + 2];
        keep(severity, codes, node.arguments[at + 1], property(ts, further, 'remedy') ?? further);
      }
    }
    const code = property(ts, node, 'code');
    const message = property(ts, node, 'message') ?? property(ts, node, 'detail');
    if (code !== undefined && message !== undefined)
      keep(
        textOf(ts, property(ts, node, 'severity'), consts),
        [textOf(ts, code, consts)],
        message,
        property(ts, node, 'remedy'),
      );
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** By code: severities, messages and remedies as the source has them, in alphabetical order of the codes. */
async function errorCodes() {
  const { default: ts } = await import('typescript');
  const codes = new Map();
  for (const found of sources().flatMap((path) => errorsOf(ts, path))) {
    const entry = codes.get(found.code) ?? { severity: new Set(), message: new Set(), remedy: new Set() };
    for (const what of ['severity', 'message', 'remedy']) if (found[what]) entry[what].add(found[what]);
    codes.set(found.code, entry);
  }
  return [...codes].sort(([a], [b]) => (a < b ? -1 : 1));
}

const words = (texts) => [...texts].map((text) => text.replaceAll('\n', ' ').replaceAll(/[<*_]/g, '\\$&')).join('; ');

/** docs/error-codes.md. */
export async function errorCodesMarkdown() {
  const { DEFAULT_REMEDY } = await import('../dist/src/domain/errors.js');
  const areas = new Map();
  for (const [code, { severity, message, remedy }] of await errorCodes()) {
    const area = code.split('.')[0];
    const usual = [...severity].flatMap((each) => DEFAULT_REMEDY[each] ?? []);
    const says = message.size === 0 ? 'the words are those of the one who reports it' : words(message);
    const line = `- \`${code}\` (${[...severity].join(', ')}): ${says}. **Do:** ${words(remedy.size > 0 ? remedy : usual)}`;
    areas.set(area, [...(areas.get(area) ?? []), line]);
  }
  const rows = [...areas].map(([area, lines]) => `## ${area}\n\n${lines.join('\n')}\n`);
  const fates = Object.entries(FATE).map(
    ([severity, fate]) => `| ${severity} | ${fate} | ${DEFAULT_REMEDY[severity]} |`,
  );
  return `# Error codes

<!-- Generated from src by "npm run generate"; do not edit. -->

Every code that the command line, the page, the interface, the log and receipts show, with what it says (\`…\` is filled in)
and what to do. The same remedy stands beside each error where it is shown. Daily work: [operations.md](operations.md).

| severity | what becomes of it | to do, where the code says nothing else |
| -------- | ------------------ | --------------------------------------- |
${fates.join('\n')}
| HTTP ... | the page or the interface refuses a request with this status | see the code |

${rows.join('\n')}
`;
}
