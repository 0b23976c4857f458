import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fresh, received, retracted, waiting, type Inbox } from '../lib/inbox';
import { readFeed, type Alert } from '../lib/protocol';
import { latest } from '../lib/store';

const alert = (alert_id: string, changes: Partial<Alert> = {}): Alert => {
  const message = readFeed(JSON.stringify({ type: 'alert', seq: 1, alert: { alert_id, title: 'T', quote: 'words', ...changes } }));
  assert.ok(message?.type === 'alert');
  return message.alert;
};
const empty: Inbox = { inbox: [], known: [] };

test('nothing is received twice, even after it has left the inbox', () => {
  let box = empty;
  for (let n = 0; n < 60; n++) box = received(box, alert(`a${n}`)) ?? box;
  assert.equal(box.inbox.length, 50);
  assert.equal(received(box, alert('a59')), null);
  assert.equal(received(box, alert('a0')), null);
});

test('no word of the chat is kept', () => {
  assert.ok(!JSON.stringify(received(empty, alert('a'))).includes('words'));
});

test('retracted warnings are neither counted nor placed', () => {
  const box = received(received(empty, alert('a')) ?? empty, alert('b', { delivery: 'digest' })) ?? empty;
  assert.equal(fresh(box.inbox), 1);
  assert.deepEqual(waiting(box.inbox).map((entry) => entry.alert.alert_id), ['a', 'b']);
  const after = retracted(box.inbox, 'a', 'regenerated');
  assert.equal(fresh(after), 0);
  assert.deepEqual(waiting(after).map((entry) => entry.alert.alert_id), ['b']);
});

test('messages of a newer version are skipped, unknown severities still warn', () => {
  for (const data of ['', '[]', '{"type":"new"}', '{"type":"alert","alert":{}}', '{"type":"alert","alert":7}']) {
    assert.equal(readFeed(data), null);
  }
  assert.equal(alert('a', { severity: 'dire' as never }).severity, 'warn');
});

test('the session keeps the latest values only', () => {
  assert.deepEqual(latest({ a: 1, b: 2 }, 'a', 3, 2), { b: 2, a: 3 });
  assert.deepEqual(Object.keys(latest({ a: 1, b: 2 }, 'c', 3, 2)), ['b', 'c']);
});
