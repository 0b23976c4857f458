/** One exchange as the page's world sees it: what is said of it, in order, to the extension's world. */
import { base64, bufferOf, bytesOf, chain, seconds } from './native';
import type { Direction, Frame, FromTap, ToTap } from './wire';

export type Bytes = string | ArrayBuffer | ArrayBufferView | Blob;

const { apply } = Reflect;
const stringify = JSON.stringify;
const parse = JSON.parse;
const post = MessagePort.prototype.postMessage;
const LIMIT = 4 * 1024 * 1024;

const running = new Map<number, Exchange>();
let port: MessagePort | undefined;
let next = 1;
let on = true;

/** Whether anything is to be read. */
export const isOn = (): boolean => on;

function tell(message: FromTap): void {
  if (port) apply(post, port, [stringify(message)]);
}

export function speakThrough(through: MessagePort): void {
  port = through;
  through.onmessage = (event: MessageEvent<string>) => {
    const message = parse(event.data) as ToTap;
    if (message.k === 'on') on = message.on;
    const stopped = message.k === 'stop' ? [message.id] : on ? [] : [...running.keys()];
    for (const id of stopped) running.get(id)?.stop();
  };
}

export class Exchange {
  readonly #id = next++;
  /** What is still being read, such as a Blob: later bytes wait for it. */
  #busy: Promise<void> | null = null;
  #over = false;

  /** start: in Unix seconds. */
  constructor(kind: 'http' | 'websocket', method: string, url: URL, type = '', readonly start = seconds()) {
    running.set(this.#id, this);
    tell({ k: 'open', id: this.#id, kind, method, url: url.href, type, t: start });
  }

  head(status: number, type: string): void {
    this.#inOrder(() => tell({ k: 'head', id: this.#id, status, type }));
  }

  /** Bytes that may change afterwards are read at once. */
  bytes(direction: Direction, frame: Frame, data: Bytes): void {
    if (this.#over) return;
    const t = seconds();
    if (data instanceof Blob) {
      if (data.size > LIMIT) return this.end(false);
      const reading = bufferOf(data);
      this.#waitFor(chain(reading, (buffer) => this.#put(direction, frame, bytesOf(buffer), t)));
      return;
    }
    const bytes = bytesOf(data);
    if (!this.#busy) return this.#put(direction, frame, bytes, t);
    const copy = bytes.slice();
    this.#inOrder(() => this.#put(direction, frame, copy, t));
  }

  /** A body that has to be read first. */
  body(reading: Promise<ArrayBuffer>): void {
    const t = seconds();
    this.#waitFor(chain(reading, (buffer) => this.#put('c2s', 'body', bytesOf(buffer), t)));
  }

  end(complete: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#inOrder(() => {
      running.delete(this.#id);
      tell({ k: 'end', id: this.#id, complete });
    });
  }

  stop(): void {
    this.#over = true;
    running.delete(this.#id);
  }

  get over(): boolean {
    return this.#over;
  }

  #put(direction: Direction, frame: Frame, bytes: Uint8Array, t: number): void {
    const n = bytes.byteLength;
    if (n > LIMIT) {
      // The log turns this size into a gap; the bytes themselves are not needed for it.
      tell({ k: 'data', id: this.#id, direction, frame, data: '', n, t });
    } else if (n > 0 || frame !== 'body') tell({ k: 'data', id: this.#id, direction, frame, data: base64(bytes), n, t });
  }

  #waitFor(work: Promise<void>): void {
    const before = this.#busy;
    const both = before ? (chain(before, () => work as unknown) as Promise<unknown>) : work;
    const nothing = (): void => undefined;
    const mine = chain<unknown, void>(both, nothing, nothing);
    this.#busy = mine;
    void chain(mine, () => {
      if (this.#busy === mine) this.#busy = null;
    });
  }

  #inOrder(say: () => void): void {
    if (!this.#busy) return say();
    this.#waitFor(chain(this.#busy, say));
  }
}
