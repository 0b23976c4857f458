import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Log, readerOf, type Hosts, type LinkFrame } from '../capture/log';
import type { FromTap } from '../capture/wire';

const PAGE: Hosts = { 'chatgpt.com': 'page', 'neo.character.ai': 'page' };

function setUp(limits?: { exchange: number; total: number }): { log: Log; sent: LinkFrame[]; stopped: number[] } {
  const sent: LinkFrame[] = [];
  const stopped: number[] = [];
  let key = 0;
  const log = new Log((frame) => sent.push(frame), (id) => stopped.push(id), () => `key-${++key}`, limits);
  return { log, sent, stopped };
}

const open = (id: number, kind: 'http' | 'websocket' = 'http'): FromTap => ({
  k: 'open',
  id,
  kind,
  method: kind === 'http' ? 'POST' : 'GET',
  url: kind === 'http' ? 'https://chatgpt.com/backend-api/f/conversation?a=1' : 'wss://neo.character.ai/ws/',
  type: 'application/json',
  t: 1000.5,
});
const data = (id: number, n: number): FromTap => ({ k: 'data', id, direction: 's2c', frame: 'text', data: 'eA==', n, t: 1001 });
const types = (frames: LinkFrame[]): string[] => frames.map((frame) => frame.type);

test('what a page says before the backend is there goes out when it is, with the address taken apart', () => {
  const { log, sent } = setUp();
  log.heard(open(1));
  log.heard({ k: 'head', id: 1, status: 200, type: 'text/event-stream' });
  log.heard(data(1, 3));
  assert.equal(sent.length, 0);
  log.up(PAGE);
  log.heard(data(1, 4));
  assert.deepEqual(types(sent), ['open', 'head', 'data', 'data']);
  const [first] = sent;
  assert.ok(first?.type === 'open');
  const { host, port, path, scheme, t_start } = first.meta;
  assert.deepEqual({ host, port, path, scheme, t_start }, {
    host: 'chatgpt.com',
    port: 443,
    path: '/backend-api/f/conversation?a=1',
    scheme: 'https',
    t_start: 1000.5,
  });
  assert.deepEqual(sent.flatMap((frame) => (frame.type === 'data' ? [frame.offset] : [])), [0, 3]);
});

test('after a break everything that is not done comes again from the first byte', () => {
  const { log, sent } = setUp();
  log.up(PAGE);
  for (const id of [1, 2]) {
    log.heard(open(id));
    log.heard(data(id, 3));
    log.heard({ k: 'end', id, complete: true });
  }
  log.ack('key-1', 3, true);
  log.down();
  sent.length = 0;
  log.up(PAGE);
  assert.deepEqual(types(sent), ['open', 'data', 'end']);
  assert.ok(sent[0]?.type === 'open' && sent[0].meta.exchange_id === 'key-2');
});

test('where the proxy reads only the beginning is told; where nobody reads nothing', () => {
  const { log, sent, stopped } = setUp();
  log.up({ 'chatgpt.com': 'proxy' });
  log.heard(open(1));
  log.heard(data(1, 3));
  assert.deepEqual(types(sent), ['open']);
  log.told(PAGE);
  assert.deepEqual(types(sent), ['open', 'data']);
  log.heard(open(2, 'websocket'));
  log.told({ 'neo.character.ai': 'none', 'chatgpt.com': 'page' });
  assert.deepEqual(stopped, [2]);
});

test('an exchange over its limit becomes a gap, and the page stops copying', () => {
  const { log, sent, stopped } = setUp({ exchange: 10, total: 100 });
  log.up(PAGE);
  log.heard(open(1));
  log.heard(data(1, 8));
  log.heard(data(1, 8));
  assert.deepEqual(types(sent), ['open', 'data', 'gap']);
  assert.deepEqual(stopped, [1]);
  log.heard({ k: 'end', id: 1, complete: true });
  assert.equal(sent.length, 3);
});

test('a socket gives up only what is committed', () => {
  const { log, sent, stopped } = setUp({ exchange: 10, total: 100 });
  log.up(PAGE);
  log.heard(open(1, 'websocket'));
  log.heard(data(1, 8));
  log.ack('key-1', 8, false);
  log.heard(data(1, 8));
  assert.deepEqual(stopped, []);
  log.down();
  sent.length = 0;
  log.up(PAGE);
  assert.deepEqual(sent.flatMap((frame) => (frame.type === 'data' ? [frame.offset] : [])), [8]);
});

test('switched off, nothing is kept', () => {
  const { log, stopped } = setUp();
  log.heard(open(1));
  log.off();
  assert.equal(log.size, 0);
  assert.deepEqual(stopped, [1]);
});

test('a host is known by its name or by what it is below', () => {
  assert.equal(readerOf({ '*.tch.poe.com': 'page' }, 'a.tch.poe.com'), 'page');
  assert.equal(readerOf({ '*.tch.poe.com': 'page', 'a.tch.poe.com': 'proxy' }, 'a.tch.poe.com'), 'proxy');
  assert.equal(readerOf({ '*.tch.poe.com': 'page' }, 'eviltch.poe.com'), 'none');
});
