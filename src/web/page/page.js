// The live page. Everything shown is put in as text, never as markup: folder names and plan labels come from outside.
import { detailRow } from './page-detail.js';
import { element, expectedWords, localTime, plain, progressCell } from './page-elements.js';
import { showPlaces } from './page-gpus.js';

const TOKEN = 'mqi-token';
const FILTERS = [
  ['all', () => true],
  ['under way', (kase) => kase.finishedAt === null],
  ['waiting', (kase) => kase.waitingFor !== null || kase.nextAttemptAt !== null],
  ['failed', (kase) => kase.state === 'failed' || kase.state === 'rejected'],
  ['completed', (kase) => kase.state === 'completed'],
];
const LIMIT = 200;
const RECONNECT_MS = 2000;
/** While a folder arrives, how long ago it changed is kept up to date. */
const ARRIVING_MS = 2000;

const byId = (id) => document.getElementById(id);
const state = { cases: [], filter: 'all', opened: null, detail: null };

/** The address that `mqi start` shows carries the token behind #, which browsers send to nobody. */
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) return;
  sessionStorage.setItem(TOKEN, token);
  history.replaceState(null, '', location.pathname);
}

async function ask(path, options = {}) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = { ...options.headers, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401) {
    byId('token-form').hidden = false;
    throw new Error('The token is missing or wrong.');
  }
  if (!response.ok) {
    const { detail, remedy } = await response.json();
    throw new Error(`${detail}; ${remedy}`);
  }
  byId('token-form').hidden = true;
  return response;
}

const askJson = async (path) => (await ask(path)).json();

function say(text) {
  byId('message').hidden = text === '';
  byId('message').textContent = plain(text);
}

function connected(live) {
  byId('connection').textContent = live ? 'live' : 'not connected; trying again';
  byId('connection').classList.toggle('live', live);
}

async function order(kase, verb, body = {}) {
  try {
    const headers = { 'content-type': 'application/json' };
    await ask(`/api/cases/${encodeURIComponent(kase.id)}/${verb}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    say('');
  } catch (error) {
    say(`Case ${kase.id}: ${error.message}`);
  }
  await load();
}

function hold(kase) {
  const reason = prompt('Why is the case held?');
  if (reason !== null && reason.trim() !== '') void order(kase, 'hold', { reason });
}

function cancel(kase) {
  if (confirm('End this case and its jobs?')) void order(kase, 'cancel');
}

/** Only what the state allows; the service judges again. */
function actions(kase) {
  const active = kase.finishedAt === null;
  const held = active && kase.status.startsWith('held: ');
  const waitsToRetry = active && !held && kase.nextAttemptAt !== null && kase.error !== null;
  const list = [];
  if (!active && kase.state !== 'completed') list.push(['Retry', () => order(kase, 'retry')]);
  if (waitsToRetry) list.push(['Retry now', () => order(kase, 'retry')]);
  if (held) list.push(['Resume', () => order(kase, 'resume')]);
  if (active && !held) list.push(['Hold', () => hold(kase)]);
  if (active) list.push(['Cancel', () => cancel(kase)]);
  return list.map(([text, act]) =>
    element('button', { text, type: 'button', onclick: act, label: `${text} case ${kase.id}` }),
  );
}

/** The first inbox has no name. */
const inboxWords = ({ inbox }) => (inbox === '' ? '' : `, inbox ${inbox}`);

function caseRow(kase) {
  const opened = state.opened === kase.id;
  const name = element('button', {
    text: kase.folder,
    type: 'button',
    class: 'open-case',
    onclick: () => toggle(kase.id),
  });
  name.setAttribute('aria-expanded', String(opened));
  const run = kase.run > 1 ? `, run ${kase.run}` : '';
  const plan = kase.planLabel === null ? '' : `, plan ${kase.planLabel}`;
  const waits = kase.waitingFor !== null || kase.nextAttemptAt !== null;
  const next = kase.nextAttemptAt === null ? expectedWords(kase) : `next attempt ${localTime(kase.nextAttemptAt)}`;
  const row = element('tr', {}, [
    element('td', {}, [name, element('div', { class: 'fine', text: `${kase.id}${run}${inboxWords(kase)}${plan}` })]),
    element('td', { class: `state ${kase.state}`, text: kase.state }),
    progressCell(kase.progress),
    element('td', { class: 'figure', text: `${kase.beamsDone}/${kase.beamCount}` }),
    element('td', { class: waits ? 'waits' : '' }, [
      element('div', { text: kase.status }),
      element('div', { class: 'fine', text: next }),
      element('div', { class: 'fine', text: kase.error === null ? '' : kase.error.remedy }),
    ]),
    element('td', { class: 'fine', text: localTime(kase.createdAt) }),
    element('td', { class: 'actions' }, actions(kase)),
  ]);
  row.dataset.id = kase.id;
  return row;
}

function show() {
  const [, keep] = FILTERS.find(([name]) => name === state.filter);
  const focused = document.activeElement?.closest('tr')?.dataset.id;
  const rows = state.cases.filter(keep).flatMap((kase) => {
    const row = caseRow(kase);
    return state.opened === kase.id && state.detail?.id === kase.id ? [row, detailRow(state.detail)] : [row];
  });
  byId('rows').replaceChildren(...rows);
  if (focused !== undefined)
    byId('rows')
      .querySelector(`tr[data-id="${CSS.escape(focused)}"] button`)
      ?.focus();
  byId('empty').hidden = state.cases.length > 0 || byId('search').value !== '';
}

let arrivingTimer = null;
function showArriving(arriving) {
  const lines = arriving.map(({ inbox, folder, status }) =>
    element('li', { text: `${folder}${inboxWords({ inbox })}: ${status}` }),
  );
  byId('arriving').replaceChildren(...lines);
  byId('arriving').hidden = arriving.length === 0;
  clearTimeout(arrivingTimer);
  if (arriving.length > 0) arrivingTimer = setTimeout(() => void load(), ARRIVING_MS);
}

async function toggle(id) {
  state.opened = state.opened === id ? null : id;
  state.detail = null;
  await load();
}

/** One load at a time; what asks meanwhile is served by one more load after it. */
let loading = null;
let again = false;
async function load() {
  if (loading !== null) {
    again = true;
    return loading;
  }
  loading = loadOnce();
  try {
    await loading;
  } catch (error) {
    say(error.message);
  } finally {
    loading = null;
  }
  if (again) {
    again = false;
    await load();
  }
}

async function loadOnce() {
  const search = byId('search').value.trim();
  const query = new URLSearchParams({ limit: String(LIMIT), ...(search === '' ? {} : { search }) });
  const [{ cases, arriving = [] }, { gpus }, detail] = await Promise.all([
    askJson(`/api/cases?${query}`),
    askJson('/api/gpus'),
    state.opened === null ? null : askJson(`/api/cases/${encodeURIComponent(state.opened)}`),
  ]);
  state.cases = cases;
  showArriving(arriving);
  state.detail = detail;
  showPlaces(gpus);
  show();
}

/** EventSource cannot send the token, so the stream is read by fetch. */
async function follow() {
  for (;;) {
    try {
      const response = await ask('/api/events');
      connected(true);
      await load();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        if (part.value.includes('event: change')) await load();
      }
    } catch (error) {
      say(byId('token-form').hidden ? '' : error.message);
    }
    connected(false);
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

function showFilters() {
  const buttons = FILTERS.map(([name]) => {
    const choose = () => {
      state.filter = name;
      showFilters();
      show();
    };
    const button = element('button', { text: name, type: 'button', onclick: choose });
    button.setAttribute('aria-pressed', String(state.filter === name));
    return button;
  });
  byId('filters').replaceChildren(...buttons);
}

takeTokenFromAddress();
showFilters();
byId('search').addEventListener('input', () => void load());
byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, byId('token').value.trim());
  byId('token').value = '';
  say('');
  void load();
});
void follow();
