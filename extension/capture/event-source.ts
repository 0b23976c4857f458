/** `EventSource`: the browser keeps the bytes to itself, so the events that the page listens to are written down again. */
import { Exchange, isOn } from './exchange';
import { listen, wrap, wrapClass } from './native';
import { wanted } from './wanted';

interface Source {
  url: URL;
  exchange: Exchange | null;
  types: Set<string>;
}

const sources = new WeakMap<EventTarget, Source>();
const Url = URL;
const { CONNECTING } = EventSource;
let hearing = false;

export function wrapEventSource(): void {
  wrapClass('EventSource', (object: EventSource, [address]) => {
    if (!isOn()) return;
    const url = new Url(String(address), document.baseURI);
    if (wanted(url, 'GET') === 'no') return;
    hearNewListeners();
    const source: Source = { url, exchange: new Exchange('http', 'GET', url), types: new Set() };
    sources.set(object, source);
    listen(object, 'open', () => {
      source.exchange ??= new Exchange('http', 'GET', url);
      source.exchange.head(200, 'text/event-stream');
    });
    listen(object, 'error', () => {
      // The browser connects again by itself after a normal end.
      source.exchange?.end(object.readyState === CONNECTING);
      source.exchange = null;
    });
    hear(object, source, 'message');
  });
  wrap(EventSource.prototype, 'close', (self) => {
    const source = sources.get(self as EventTarget);
    source?.exchange?.end(false);
    if (source) source.exchange = null;
  });
}

/** Only for a page that has such a source: every listener of the page goes through this. */
function hearNewListeners(): void {
  if (hearing) return;
  hearing = true;
  wrap(EventTarget.prototype, 'addEventListener', (self, [type]) => {
    const source = sources.get(self as EventTarget);
    if (source && type !== 'open' && type !== 'error') hear(self as EventSource, source, String(type));
  });
}

function hear(object: EventSource, source: Source, type: string): void {
  if (source.types.has(type)) return;
  source.types.add(type);
  listen(object, type, (event: MessageEvent<unknown>) => {
    if (typeof event.data !== 'string') return;
    const name = type === 'message' ? '' : `event: ${type}\n`;
    const id = event.lastEventId ? `id: ${event.lastEventId}\n` : '';
    const data = event.data.split('\n').map((line) => `data: ${line}\n`);
    source.exchange?.bytes('s2c', 'body', `${name}${id}${data.join('')}\n`);
  });
}
