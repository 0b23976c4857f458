/** `XMLHttpRequest`: text is taken as it grows, anything else when it is whole. */
import { Exchange, isOn, type Bytes } from './exchange';
import { listen, seconds, wrap } from './native';
import { isStreamed, wanted, type Want } from './wanted';

/** `start` in Unix seconds; `read`: characters of the answer that were taken. */
interface Asked {
  method: string;
  url: URL;
  want: Want;
  type: string;
  body: Bytes | null;
  exchange: Exchange | null;
  start: number;
  read: number;
}

const requests = new WeakMap<XMLHttpRequest, Asked>();
const Url = URL;
const Form = URLSearchParams;
const header = XMLHttpRequest.prototype.getResponseHeader;
const HEADERS_RECEIVED = 2;

export function wrapXhr(): void {
  const { prototype } = XMLHttpRequest;
  wrap(prototype, 'open', (self, [method, address]) => {
    const request = self as XMLHttpRequest;
    requests.get(request)?.exchange?.end(false);
    requests.delete(request);
    if (!isOn()) return;
    const url = new Url(String(address), document.baseURI);
    const verb = String(method).toUpperCase();
    const want = wanted(url, verb);
    if (want === 'no') return;
    const asked: Asked = { method: verb, url, want, type: '', body: null, exchange: null, start: 0, read: 0 };
    requests.set(request, asked);
    follow(request, asked);
  });
  wrap(prototype, 'setRequestHeader', (self, [name, value]) => {
    const asked = requests.get(self as XMLHttpRequest);
    if (asked && String(name).toLowerCase() === 'content-type') asked.type = String(value);
  });
  wrap(prototype, 'send', (self, [body]) => {
    const asked = requests.get(self as XMLHttpRequest);
    if (!asked) return;
    asked.start = seconds();
    if (body instanceof Form) asked.body = body.toString();
    else if (typeof body === 'string' || body instanceof Blob) asked.body = body;
    else if (body instanceof ArrayBuffer) asked.body = body.slice(0);
    else if (ArrayBuffer.isView(body)) asked.body = new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
    if (asked.want === 'yes') begin(asked);
  });
}

function begin(asked: Asked): Exchange {
  asked.exchange ??= new Exchange('http', asked.method, asked.url, asked.type, asked.start);
  if (asked.body !== null) asked.exchange.bytes('c2s', 'body', asked.body);
  asked.body = null;
  return asked.exchange;
}

function follow(request: XMLHttpRequest, asked: Asked): void {
  // A request object may be opened again: the listeners of the last time are deaf then.
  const mine = (): boolean => requests.get(request) === asked;
  listen(request, 'readystatechange', () => {
    if (!mine() || request.readyState !== HEADERS_RECEIVED) return;
    const type = (Reflect.apply(header, request, ['content-type']) as string | null) ?? '';
    if (asked.want === 'yes' || isStreamed(type)) begin(asked).head(request.status, type);
  });
  listen(request, 'progress', () => {
    if (mine()) grow(request, asked, false);
  });
  listen(request, 'load', () => {
    if (!mine() || !asked.exchange) return;
    if (isText(request)) grow(request, asked, true);
    else takeWhole(request.response as unknown, asked.exchange);
    asked.exchange.end(true);
  });
  for (const type of ['error', 'abort', 'timeout']) {
    listen(request, type, () => {
      if (mine()) asked.exchange?.end(false);
    });
  }
}

const isText = (request: XMLHttpRequest): boolean => request.responseType === '' || request.responseType === 'text';

function grow(request: XMLHttpRequest, asked: Asked, last: boolean): void {
  if (!asked.exchange || asked.exchange.over || !isText(request)) return;
  const text = request.responseText;
  // Half of a surrogate pair would be encoded as a replacement character.
  const until = !last && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800 ? text.length - 1 : text.length;
  if (until > asked.read) asked.exchange.bytes('s2c', 'body', text.slice(asked.read, until));
  asked.read = Math.max(asked.read, until);
}

function takeWhole(response: unknown, exchange: Exchange): void {
  if (response instanceof ArrayBuffer || response instanceof Blob) exchange.bytes('s2c', 'body', response);
  else if (response !== null && typeof response === 'object' && !(response instanceof Node)) {
    exchange.bytes('s2c', 'body', JSON.stringify(response));
  }
}
