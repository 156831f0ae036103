import type { OverviewView } from '../../../workflow/overview-view.js';
import type { PlaceTrailView } from '../../../workflow/place-trail-view.js';
import type { ResourceView } from '../../../workflow/resource-view.js';
import { askJson } from '../api.js';
import { loaded } from '../loaded.js';

export const overview = loaded(() => askJson<OverviewView>('/api/overview'));
export const places = loaded(async () => (await askJson<{ readonly gpus: readonly ResourceView[] }>('/api/gpus')).gpus);
export const trail = loaded(() => askJson<PlaceTrailView>('/api/gpus/trail'));
