import type { ChannelRule } from '../../domain/notification.js';
import type { EpochMs } from '../../domain/time.js';
import type { NotificationMessage } from '../../ports/notification-channel.js';
import { messageOf } from './notice-text.js';

/** What a channel is tried with: about no case. */
export const testMessage = ({ name, subject }: ChannelRule, at: EpochMs): NotificationMessage =>
  messageOf({
    id: `mqi-${name}-test-${String(at)}`,
    subject,
    occurrences: [
      {
        kind: 'test',
        at,
        subject: `channel ${name}`,
        words: 'works: this message was asked for by mqi notify test',
        code: null,
        remedy: null,
        caseId: null,
        run: null,
        inbox: null,
        machines: [],
        folder: null,
      },
    ],
  });
