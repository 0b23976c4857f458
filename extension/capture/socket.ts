/** `WebSocket`: one exchange per connection; a long one goes on as another exchange before it outgrows the limit. */
import { Exchange, isOn, type Bytes } from './exchange';
import type { Direction } from './wire';
import { listen, wrap, wrapClass } from './native';
import { wanted } from './wanted';

/** Bytes of both directions, as everywhere in the capture; half of it when a turn of the person's begins. */
const LIMIT = 4 * 1024 * 1024;
const OPEN = 1;
const UTF8_MOST = 3;

const lines = new WeakMap<object, Line>();
const Url = URL;

const isBytes = (data: unknown): data is Bytes =>
  typeof data === 'string' || data instanceof ArrayBuffer || data instanceof Blob || ArrayBuffer.isView(data);

function most(data: Bytes): number {
  if (typeof data === 'string') return data.length * UTF8_MOST;
  return data instanceof Blob ? data.size : data.byteLength;
}

class Line {
  #exchange: Exchange;
  #size = 0;

  constructor(private readonly url: URL) {
    this.#exchange = new Exchange('websocket', 'GET', url);
  }

  opened(): void {
    this.#exchange.head(101, '');
  }

  take(direction: Direction, data: unknown): void {
    if (!isBytes(data)) return;
    const size = most(data);
    if (this.#size > 0 && this.#size + size > (direction === 'c2s' ? LIMIT / 2 : LIMIT)) this.#goOn();
    this.#size += size;
    this.#exchange.bytes(direction, typeof data === 'string' ? 'text' : 'binary', data);
  }

  closed(clean: boolean): void {
    this.#exchange.end(clean);
  }

  #goOn(): void {
    // Told to stop: the proxy reads it.
    if (this.#exchange.over) return;
    this.#exchange.end(true);
    this.#exchange = new Exchange('websocket', 'GET', this.url, '', this.#exchange.start);
    this.#exchange.head(101, '');
    this.#size = 0;
  }
}

export function wrapSocket(): void {
  wrapClass('WebSocket', (socket: WebSocket) => {
    if (!isOn()) return;
    const url = new Url(socket.url);
    if (wanted(url, 'WS') === 'no') return;
    const line = new Line(url);
    lines.set(socket, line);
    listen(socket, 'open', () => line.opened());
    listen(socket, 'message', (event: MessageEvent<unknown>) => line.take('s2c', event.data));
    listen(socket, 'close', (event: CloseEvent) => line.closed(event.wasClean));
  });
  wrap(WebSocket.prototype, 'send', (self, [data]) => {
    const socket = self as WebSocket;
    if (socket.readyState === OPEN) lines.get(socket)?.take('c2s', data);
  });
}
