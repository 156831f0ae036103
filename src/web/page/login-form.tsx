import { useSignal } from '@preact/signals';
import type { JSX, TargetedEvent } from 'preact';
import { login, loginBy, loginProblem } from './session.js';
import { texts } from './texts.js';

/** User and password, or the token of the root. */
export function LoginForm(): JSX.Element {
  const chosen = useSignal<boolean | null>(null);
  const byToken = chosen.value ?? loginBy.value !== 'users';
  const submit = (event: TargetedEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string): string => {
      const value = given.get(name);
      return typeof value === 'string' ? value.trim() : '';
    };
    void login(byToken ? { token: text('token') } : { user: text('user'), password: text('password') });
  };
  return (
    <main class="login">
      <form onSubmit={submit} aria-labelledby="login-title">
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1 id="login-title">{texts.product}</h1>
        {byToken ? <TokenField /> : <UserFields />}
        <p role="alert" class="problem">
          {loginProblem.value}
        </p>
        <button class="primary">{texts.login.submit}</button>
        {loginBy.value === 'users' && (
          <button
            type="button"
            class="plain"
            data-login={byToken ? 'user' : 'token'}
            onClick={() => {
              chosen.value = !byToken;
            }}
          >
            {byToken ? texts.login.withPassword : texts.login.withToken}
          </button>
        )}
      </form>
    </main>
  );
}

function TokenField(): JSX.Element {
  return (
    <label>
      {texts.login.token}
      <input name="token" type="password" autocomplete="off" required aria-describedby="token-hint" />
      <small id="token-hint">{texts.login.tokenHint}</small>
    </label>
  );
}

function UserFields(): JSX.Element {
  return (
    <>
      <label>
        {texts.login.user}
        <input name="user" autocomplete="username" autocapitalize="none" required />
      </label>
      <label>
        {texts.login.password}
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
    </>
  );
}
