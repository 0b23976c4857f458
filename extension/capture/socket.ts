/** `WebSocket`: one exchange per connection; a long one goes on as another exchange before it outgrows the limit. */
import { bodyBytes } from './body';
import { bytesOf, quietly, seconds, type Copy, type Recorder } from './recorder';
import { listedUrl, MOST_BYTES, type Frame, type Opened } from './shapes';

const NORMAL = [1000, 1001];

class Line {
  #copy: Copy | null;
  #work: Promise<void> = Promise.resolve();

  constructor(
    private readonly recorder: Recorder,
    private readonly opened: Opened,
  ) {
    this.#copy = this.#begin();
  }

  /** Blobs are read late, so whatever follows one waits for it: the order is the wire's. */
  take(up: boolean, data: unknown): void {
    const t = seconds();
    const ready = data instanceof Blob ? data.arrayBuffer().then((all) => new Uint8Array(all)) : typeof data === 'string' ? bytesOf(data) : bodyBytes(data);
    const frame = typeof data === 'string' ? 'text' : 'binary';
    this.#then(async () => {
      const bytes = await ready;
      if (bytes) this.#put(up, bytes, frame, t);
    });
  }

  close(complete: boolean): void {
    this.#then(() => this.#copy?.end(complete));
  }

  #then(work: () => void | Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => undefined);
  }

  #begin(): Copy | null {
    const copy = this.recorder.open(this.opened);
    copy?.head(101, '');
    return copy;
  }

  #put(up: boolean, bytes: Uint8Array, frame: Frame, t: number): void {
    // Between two turns, if there is a turn in time.
    if (this.#copy?.live && this.#copy.size + bytes.byteLength > (up ? MOST_BYTES / 2 : MOST_BYTES)) {
      this.#copy.end(true);
      this.#copy = this.#begin();
    }
    this.#copy?.data(up, bytes, frame, t);
  }
}

export function watchSockets(recorder: Recorder): void {
  const lines = new WeakMap<WebSocket, Line>();
  const { prototype, OPEN } = WebSocket;
  const watched = new Proxy(WebSocket, {
    construct(target, parameters: ConstructorParameters<typeof WebSocket>, made) {
      const t = seconds();
      const socket = Reflect.construct(target, parameters, made) as WebSocket;
      quietly(() => {
        const url = recorder.on ? listedUrl(socket.url, document.baseURI) : null;
        if (!url) return;
        const line = new Line(recorder, { kind: 'websocket', method: 'GET', url: url.href, requestType: '', t });
        lines.set(socket, line);
        socket.addEventListener('message', ({ data }) => quietly(() => line.take(false, data)));
        socket.addEventListener('close', ({ code }) => quietly(() => line.close(NORMAL.includes(code))));
      });
      return socket;
    },
  });
  const send = new Proxy(prototype.send, {
    apply(target, self, parameters) {
      // Before the browser's: a buffer could be handed away by the page right after. Refused while still connecting.
      quietly(() => {
        if ((self as WebSocket).readyState === OPEN) lines.get(self as WebSocket)?.take(true, parameters[0]);
      });
      return Reflect.apply(target, self, parameters) as unknown;
    },
  });
  Object.defineProperty(prototype, 'send', { value: send, writable: true, enumerable: true, configurable: true });
  Object.defineProperty(prototype, 'constructor', { value: watched, writable: true, enumerable: false, configurable: true });
  window.WebSocket = watched;
}
