/** Text with the characters escaped that would not be shown but obeyed: controls, marks that turn or hide text. */
export const plain = (text) =>
  String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );

/** An element with text, class, accessible name and click; nothing given here is ever read as markup. */
export function element(name, { text, class: className, type, label, onclick } = {}, children = []) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = plain(text);
  if (className) made.className = className;
  if (type !== undefined) made.setAttribute('type', type);
  if (label !== undefined) made.setAttribute('aria-label', label);
  if (onclick !== undefined) made.addEventListener('click', onclick);
  made.append(...children);
  return made;
}

export const localTime = (iso) => (iso === null ? '' : new Date(iso).toLocaleString());

/** When its dose is expected; nothing where nothing can be said. */
export const expectedWords = ({ etaAt }) =>
  etaAt === undefined
    ? ''
    : `ready about ${new Date(etaAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })}`;

export function progressCell(percent) {
  const bar = element('progress', { label: 'progress' });
  bar.max = 100;
  bar.value = percent;
  return element('td', { class: 'figure' }, [bar, ` ${Math.floor(percent)} %`]);
}
