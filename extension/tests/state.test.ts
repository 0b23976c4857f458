import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../lib/protocol';
import { badgeOf, stateOf, type Facts } from '../lib/state';

const status: Status = { ready: true, protected: true, reasons: [], link: 'up', capture: {}, not_scored: [] };
const facts = (changes: Partial<Facts> = {}, about: Partial<Status> = {}): Facts => ({
  pairing: { port: 1, token: 't', client: 'c', profile: 'p', role: 'owner' },
  access: true,
  connection: { state: 'up', status: { ...status, ...about } },
  snooze: null,
  now: 1000,
  ...changes,
});

test('protected only while the backend says so', () => {
  assert.equal(stateOf(facts()).kind, 'protected');
  assert.equal(stateOf(facts({ connection: { state: 'up', status: null } })).kind, 'unprotected');
  assert.deepEqual(stateOf(facts({}, { protected: false, reasons: ['no proxy'] })), {
    kind: 'unprotected',
    reasons: ['no proxy'],
  });
});

test('the worst that is true is shown', () => {
  const snooze = { until: 2000, reason: 'busy' };
  assert.equal(stateOf(facts({ pairing: null, access: false })).kind, 'unpaired');
  assert.equal(stateOf(facts({ access: false })).kind, 'no_access');
  assert.equal(stateOf(facts({ connection: { state: 'refused', status: null } })).kind, 'refused');
  assert.equal(stateOf(facts({ snooze, connection: { state: 'down', status } })).kind, 'down');
  assert.equal(stateOf(facts({ snooze }, { not_scored: [{ conversation_id: 'c', reason: 'gap' }] })).kind, 'not_scored');
  assert.equal(stateOf(facts({ snooze })).kind, 'snoozed');
  assert.equal(stateOf(facts({ snooze, now: 3000 })).kind, 'protected');
});

test('a site that nothing was read of is not called protected', () => {
  const page = { host: 'character.ai', asked: ['neo.character.ai'] };
  assert.equal(stateOf(facts({ page })).kind, 'unseen');
  assert.equal(stateOf(facts({ page }, { capture: { 'neo.character.ai': 'proxy' } })).kind, 'protected');
  assert.equal(stateOf(facts({ page }, { capture: { 'character.ai': 'none' } })).kind, 'site_unprotected');
});

test('a number on the badge never hides that protection is off', () => {
  assert.equal(badgeOf({ kind: 'down', reasons: [] }, 3).text, '!');
  assert.equal(badgeOf({ kind: 'protected', reasons: [] }, 3).text, '3');
  assert.equal(badgeOf({ kind: 'protected', reasons: [] }, 0).text, '');
  assert.equal(badgeOf({ kind: 'unpaired', reasons: [] }, 0).text, '?');
});
