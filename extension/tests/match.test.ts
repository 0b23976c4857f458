import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchTab, type Seen } from '../lib/match';

const seen = (changes: Partial<Seen>): Seen => ({
  id: '1',
  tab: 1,
  page: 'chatgpt.com',
  host: 'chatgpt.com',
  path: '/chat',
  method: 'POST',
  time: 1_000_000,
  socket: false,
  ...changes,
});
const exchange = { host: 'chatgpt.com', path: '/chat', method: 'POST', t_start: 1000.2 };

test('one request near in time leads to its tab', () => {
  assert.deepEqual(matchTab(exchange, [seen({}), seen({ tab: 2, time: 900_000 })]), {
    kind: 'tab',
    tab: 1,
    page: 'chatgpt.com',
  });
});

test('another host, path or method is another exchange', () => {
  for (const other of [{ host: 'claude.ai' }, { path: '/other' }, { method: 'GET' }]) {
    assert.equal(matchTab(exchange, [seen(other)]).kind, 'none');
  }
});

test('two tabs within the half second are both likely, two requests of one tab are not', () => {
  assert.deepEqual(matchTab(exchange, [seen({}), seen({ tab: 2, time: 1_000_400 })]), { kind: 'likely', tabs: [1, 2] });
  assert.equal(matchTab(exchange, [seen({}), seen({ time: 1_000_400 })]).kind, 'tab');
});

test('a slow connection makes a tab likely, never certain', () => {
  assert.deepEqual(matchTab(exchange, [seen({ time: 995_000 })]), { kind: 'likely', tabs: [1] });
  assert.equal(matchTab(exchange, [seen({ time: 1_002_000 })]).kind, 'none', 'a request cannot start after its exchange');
  assert.equal(matchTab(exchange, [seen({ time: 990_000 })]).kind, 'none');
});

test('query and port do not matter', () => {
  assert.equal(matchTab({ ...exchange, host: 'ChatGPT.com:443', path: '/chat?x=1' }, [seen({})]).kind, 'tab');
});
