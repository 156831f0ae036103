import { signal } from '@preact/signals';
import { routeOf } from './router.js';

/** The route that is shown; follows the address. */
export const route = signal(routeOf(location.hash));

addEventListener('hashchange', () => {
  route.value = routeOf(location.hash);
});
