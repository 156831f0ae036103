import { expect } from 'chai';
import { inboxesOf } from '../../../src/ports/inbox-settings.js';
import { someSettings } from '../../builders/some-settings.js';

describe('further inboxes', () => {
  const intake = { inbox: '/a', layout: '{room}/{case}', readyMarker: '_READY', inboxMarker: '_SHARE', pollSeconds: 7 };

  it('take over how the first one is watched, but not the marker that proves its share', () => {
    const [first, further] = inboxesOf(someSettings({ intake: { ...intake, inboxes: [{ name: 'b', path: '/b' }] } }));
    const shared = { layout: '{room}/{case}', watch: 'auto', quietSeconds: 10, pollSeconds: 7, readyMarker: '_READY' };
    expect(first).to.deep.equal({ ...shared, name: '', path: '/a', inboxMarker: '_SHARE' });
    expect(further).to.deep.equal({ ...shared, name: 'b', path: '/b', inboxMarker: null });
  });

  it('may each be watched in a way of their own, also without a ready marker', () => {
    const own = { layout: '{case}', watch: 'poll', quietSeconds: 60, pollSeconds: 30, readyMarker: null } as const;
    const entry = { ...own, name: 'b', path: '/b', inboxMarker: 'here' };
    expect(inboxesOf(someSettings({ intake: { ...intake, inboxes: [entry] } }))[1]).to.deep.equal(entry);
  });
});
