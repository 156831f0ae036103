import { Token } from 'typedi';
import type { Settings as LoadedSettings } from '../config/settings.js';

/** The effective configuration, as loaded at the start; it does not change while the service runs. */
export type Settings = LoadedSettings;
export const Settings = new Token<Settings>('Settings');
