import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStreamed, wanted } from '../capture/wanted';

const of = (address: string, method: string): string => wanted(new URL(address), method);

test('declared chats are read', () => {
  assert.equal(of('https://chatgpt.com/backend-api/f/conversation', 'POST'), 'yes');
  assert.equal(of('wss://neo.character.ai/ws/', 'WS'), 'yes');
  assert.equal(of('https://claude.ai/api/organizations/o/chat_conversations/c/completion', 'POST'), 'yes');
});

test('other requests of a chat page are read only when the answer is a stream', () => {
  assert.equal(of('https://chatgpt.com/backend-api/new-thing', 'POST'), 'maybe');
  assert.ok(isStreamed('text/event-stream; charset=utf-8') && isStreamed('application/x-ndjson'));
  assert.ok(!isStreamed('application/json') && !isStreamed('text/html'));
});

test('other hosts, plain connections and noise are not', () => {
  assert.equal(of('https://example.com/backend-api/f/conversation', 'POST'), 'no');
  assert.equal(of('http://chatgpt.com/backend-api/f/conversation', 'POST'), 'no');
  assert.equal(of('https://chatgpt.com/v1/telemetry', 'POST'), 'no');
  assert.equal(of('https://chatgpt.com/backend-api/f/conversation', 'DELETE'), 'no');
});
