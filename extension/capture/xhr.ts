/** `XMLHttpRequest`: text is taken as it grows, anything else when it is whole. */
import { bodyBytes, bodyType } from './body';
import { bytesOf, quietly, seconds, type Copy, type Recorder } from './recorder';
import { listedUrl, mayBeAnswer } from './shapes';

interface Asked {
  method: string;
  url: string;
  type: string;
}

const known = new WeakMap<XMLHttpRequest, Asked>();

function wrap(name: 'open' | 'send' | 'setRequestHeader', before: (request: XMLHttpRequest, parameters: unknown[]) => void): void {
  const own = XMLHttpRequest.prototype[name] as (...parameters: never[]) => unknown;
  const wrapped = new Proxy(own, {
    apply(target, self, parameters) {
      quietly(() => before(self as XMLHttpRequest, parameters as unknown[]));
      return Reflect.apply(target, self, parameters) as unknown;
    },
  });
  Object.defineProperty(XMLHttpRequest.prototype, name, { value: wrapped, writable: true, enumerable: true, configurable: true });
}

export function watchXhr(recorder: Recorder): void {
  wrap('open', (request, [method, address]) => {
    known.delete(request);
    const url = listedUrl(String(address), document.baseURI);
    if (url) known.set(request, { method: String(method).toUpperCase(), url: url.href, type: '' });
  });
  wrap('setRequestHeader', (request, [name, value]) => {
    const asked = known.get(request);
    if (asked && String(name).toLowerCase() === 'content-type') asked.type = String(value);
  });
  wrap('send', (request, [body]) => {
    const asked = known.get(request);
    if (asked && recorder.on) follow(recorder, request, asked, body);
  });
}

function follow(recorder: Recorder, request: XMLHttpRequest, asked: Asked, body: unknown): void {
  const t = seconds();
  const said = bodyBytes(body);
  const opened = { kind: 'http' as const, method: asked.method, url: asked.url, requestType: asked.type || bodyType(body), t };
  let copy: Copy | null = null;
  let taken = 0;
  const grow = (last: boolean): void => {
    if (!copy?.live || (request.responseType !== '' && request.responseType !== 'text')) return;
    const all = request.responseText;
    let until = all.length;
    // Half of a pair would be encoded as a replacement character.
    if (!last && (all.charCodeAt(until - 1) & 0xfc00) === 0xd800) until -= 1;
    if (until <= taken) return;
    copy.data(false, bytesOf(all.slice(taken, until)));
    taken = until;
  };
  const headers = (): void => {
    if (request.readyState !== XMLHttpRequest.HEADERS_RECEIVED || copy) return;
    const type = request.getResponseHeader('content-type') ?? '';
    if (!mayBeAnswer(asked.method, type)) return;
    copy = recorder.open(opened);
    if (said) copy?.data(true, said, 'body', t);
    copy?.head(request.status, type);
  };
  const loaded = async (): Promise<void> => {
    const { responseType, response } = request as { responseType: string; response: unknown };
    if (!copy?.live) return;
    grow(true);
    if (responseType === 'json') copy.data(false, bytesOf(JSON.stringify(response)));
    else if (response instanceof Blob) copy.data(false, new Uint8Array(await response.arrayBuffer()));
    else if (response instanceof ArrayBuffer) copy.data(false, new Uint8Array(response.slice(0)));
    copy.end(true);
  };
  const on = { readystatechange: headers, progress: () => grow(false), load: loaded, error: broken, abort: broken, timeout: broken };
  function broken(): void {
    copy?.end(false);
  }
  function quiet(work: () => unknown): () => void {
    return () => quietly(work);
  }
  const listeners = Object.entries(on).map(([name, work]) => [name, quiet(work)] as const);
  for (const [name, listener] of listeners) request.addEventListener(name, listener);
  request.addEventListener('loadend', () => {
    for (const [name, listener] of listeners) request.removeEventListener(name, listener);
  }, { once: true });
}
