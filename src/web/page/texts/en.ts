import { EN_ACTIONS } from './en-actions.js';
import { EN_CASE } from './en-case.js';
import { EN_PICTURES } from './en-pictures.js';
import { EN_HISTORY } from './en-history.js';
import { EN_OVERVIEW } from './en-overview.js';

/** English. Words for cases' states and troubles come from the service; these are the page's own. */
export const EN = {
  product: 'MQI Communicator',
  navigation: { label: 'Pages', overview: 'Overview', history: 'History', skip: 'Skip to the content' },
  theme: { label: 'Colours', auto: 'auto', light: 'light', dark: 'dark' },
  connection: {
    label: 'Connection',
    connecting: 'connecting',
    live: 'live',
    silent: 'The service has not been heard for some seconds: what is shown may be out of date. Trying again.',
    gone: 'The service is not reachable: what is shown may be out of date. Trying again.',
    since: (time: string) => `Last heard at ${time}.`,
  },
  insecure: 'This page is served without encryption or login to other machines (web.insecure).',
  problem: {
    unexplained: (status: number) => `the service answered with status ${String(status)}`,
    ownFault: 'something in this page went wrong; reload it',
    notFound: 'There is nothing at this address.',
    reading: (words: string) => `Reading failed: ${words}`,
  },
  login: {
    title: 'Log in',
    user: 'User',
    password: 'Password',
    token: 'Token',
    tokenHint: 'the one line of the file web-token in the folder of the service (root)',
    withToken: 'Use the token instead',
    withPassword: 'Use a user name instead',
    wrong: 'That was not right; nobody was logged in.',
    submit: 'Log in',
    logout: 'Log out',
    as: (user: string, role: string) => `${user}, ${role}`,
  },
  roles: { viewer: 'viewer', operator: 'operator', admin: 'administrator' },
  states: {
    registered: 'registered',
    validated: 'validated',
    interpreted: 'interpreted',
    simulated: 'simulated',
    assembled: 'assembled',
    completed: 'completed',
    rejected: 'rejected',
    failed: 'failed',
    cancelled: 'cancelled',
  },
  actions: EN_ACTIONS,
  overview: EN_OVERVIEW,
  kase: EN_CASE,
  ...EN_PICTURES,
  history: EN_HISTORY,
} as const;
