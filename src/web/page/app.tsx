import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { CasePage } from './case/case-page.js';
import { HistoryPage } from './history/history-page.js';
import { follow, unfollow } from './live.js';
import { LoginForm } from './login-form.js';
import { OverviewPage } from './overview/overview-page.js';
import { route } from './route.js';
import { session } from './session.js';
import { Shell } from './shell.js';
import { texts } from './texts.js';

/** The login form, or the page that the address names. */
export function App(): JSX.Element | null {
  const now = session.value;
  useSignalEffect(() => {
    if (session.value === null || session.value === 'unknown') unfollow();
    else follow();
  });
  if (now === 'unknown') return null;
  if (now === null) return <LoginForm />;
  return (
    <Shell>
      <Page />
    </Shell>
  );
}

function Page(): JSX.Element {
  const shown = route.value;
  switch (shown.page) {
    case 'overview':
      return <OverviewPage />;
    case 'case':
      return <CasePage key={shown.id} id={shown.id} />;
    case 'history':
      return <HistoryPage />;
    case 'unknown':
      return <p class="empty">{texts.problem.notFound}</p>;
  }
}
