import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { clockTime } from './format.js';
import { connection, lastHeardAt } from './live.js';
import { route } from './route.js';
import { HISTORY, OVERVIEW } from './router.js';
import { logout, session } from './session.js';
import { texts } from './texts.js';
import { theme, THEMES, type Theme } from './theme.js';

/** What is around every page: where one is, whether what is shown is true, and who is logged in. */
export function Shell({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const main = useFocusOnNewPage();
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          skip(event, main.current);
        }}
      >
        {texts.navigation.skip}
      </a>
      <header class="bar">
        <a class="brand" href={OVERVIEW} aria-label={texts.product}>
          <img src="/icon.svg" alt="" width="20" height="20" />
          <span>{texts.product}</span>
        </a>
        <Navigation />
        <ConnectionMark />
        <ThemeChoice />
        <Account />
      </header>
      <Banners />
      <main id="main" tabIndex={-1} ref={main}>
        {children}
      </main>
    </>
  );
}

function skip(event: Event, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

/** A new page begins at its top: for keyboard and screen reader, the focus goes there; not at the first page. */
function useFocusOnNewPage(): { current: HTMLElement | null } {
  const main = useRef<HTMLElement>(null);
  const shown = JSON.stringify(route.value);
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [shown]);
  return main;
}

function Navigation(): JSX.Element {
  const { page } = route.value;
  const link = (address: string, words: string, isHere: boolean): JSX.Element => (
    <a href={address} {...(isHere ? { 'aria-current': 'page' as const } : {})}>
      {words}
    </a>
  );
  return (
    <nav aria-label={texts.navigation.label}>
      {link(OVERVIEW, texts.navigation.overview, page === 'overview')}
      {link(HISTORY, texts.navigation.history, page === 'history')}
    </nav>
  );
}

function ConnectionMark(): JSX.Element {
  const state = connection.value;
  const words = state === 'live' || state === 'connecting' ? texts.connection[state] : texts.connection.connecting;
  return (
    <span class={`connection ${state}`} data-state={state}>
      <span>{words}</span>
    </span>
  );
}

/** What makes the page untrue or unsafe; read out when it appears. */
function Banners(): JSX.Element {
  const state = connection.value;
  const heard = lastHeardAt.value;
  const now = session.value;
  return (
    <div role="status" class="banners">
      {(state === 'silent' || state === 'gone') && (
        <p class="banner bad" data-banner="connection">
          {texts.connection[state]}{' '}
          {heard === null ? '' : texts.connection.since(clockTime(new Date(heard).toISOString()))}
        </p>
      )}
      {now !== null && now !== 'unknown' && now.insecure && (
        <p class="banner warn" data-banner="insecure">
          {texts.insecure}
        </p>
      )}
    </div>
  );
}

function ThemeChoice(): JSX.Element {
  return (
    <label class="theme">
      <span class="only-read">{texts.theme.label}</span>
      <select
        value={theme.value}
        onChange={(event) => {
          theme.value = event.currentTarget.value as Theme;
        }}
      >
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {texts.theme[one]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Who came by the token has a session like everybody else, and ends it like everybody else; a proxy's logins are its own. */
function Account(): JSX.Element | null {
  const now = session.value;
  if (now === null || now === 'unknown' || now.csrf === null) return null;
  const who = now.user === null ? undefined : texts.login.as(now.user, texts.roles[now.role]);
  return (
    <span class="account">
      {who !== undefined && <span class="who">{who}</span>}
      {(now.user === null || now.auth === 'users') && (
        <button type="button" title={who} onClick={() => void logout()}>
          {texts.login.logout}
        </button>
      )}
    </span>
  );
}
