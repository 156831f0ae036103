const begin = (name: string): string => `<!-- ${name}: begin -->`;
const end = (name: string): string => `<!-- ${name}: end -->`;

/** The text with the section of that name replaced, or added at the end; everything else is left as it is. */
export function withSection(text: string, name: string, body: string): string {
  const section = `${begin(name)}\n\n${body.trim()}\n\n${end(name)}`;
  const from = text.indexOf(begin(name));
  const to = text.indexOf(end(name));
  if (from < 0 || to < from) return `${text.trimEnd()}\n\n${section}\n`;
  return text.slice(0, from) + section + text.slice(to + end(name).length);
}
