import { NOTIFIED_KINDS, type ChannelRule, type Occurrence } from '../../src/domain/notification.js';

/** Hears of everything at once. */
export const aChannelRule = (change: Partial<ChannelRule> = {}): ChannelRule => ({
  name: 'physics',
  events: NOTIFIED_KINDS,
  inboxes: null,
  machines: null,
  onlyAfterMinutes: 0,
  digestMinutes: 0,
  maxPerHour: 30,
  includeFolderNames: false,
  subject: 'MQI: {summary}',
  ...change,
});

/** A case that failed. */
export const anOccurrence = (change: Partial<Occurrence> = {}): Occurrence => ({
  kind: 'failed',
  at: 1_760_000_000_000,
  subject: 'case c1',
  words: 'failed: the engine crashed',
  code: 'engine.crashed',
  remedy: 'read the log of the case',
  caseId: 'c1',
  run: 1,
  inbox: '',
  machines: ['G1'],
  folder: 'DOE^JANE',
  ...change,
});
