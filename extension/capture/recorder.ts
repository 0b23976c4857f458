/** The page's half: hands copies over, and counts them. Nothing here may throw into the page. */
import { MOST_BYTES, type Frame, type FromCapture, type Opened, type ToCapture } from './shapes';

const now = Date.now.bind(Date);
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);

export const seconds = (): number => now() / 1000;
export const bytesOf = (text: string): Uint8Array => encode(text);

/** The port's functions are taken once: a page that replaces them later sees nothing. */
export class Recorder {
  #next = 1;
  #off = false;
  readonly #open = new Map<number, Copy>();
  readonly #post: (message: FromCapture) => void;

  constructor(port: MessagePort) {
    this.#post = port.postMessage.bind(port) as (message: FromCapture) => void;
    port.onmessage = ({ data }: MessageEvent<ToCapture>) => {
      if (data.what === 'stop') this.#open.get(data.id)?.stop();
      else {
        this.#off = true;
        for (const copy of [...this.#open.values()]) copy.stop();
      }
    };
  }

  /** False when nobody wants copies: the page is to be left alone. */
  get on(): boolean {
    return !this.#off;
  }

  /** null when nobody wants copies. */
  open(opened: Opened): Copy | null {
    if (this.#off) return null;
    const id = this.#next++;
    const copy = new Copy(id, this.#post, () => this.#open.delete(id));
    this.#open.set(id, copy);
    this.#post({ what: 'open', id, opened });
    return copy;
  }
}

/** One exchange. After its end, a gap or `stop` everything is ignored. */
export class Copy {
  size = 0;
  live = true;
  stopped: (() => void) | undefined;

  constructor(
    private readonly id: number,
    private readonly post: (message: FromCapture) => void,
    private readonly forget: () => void,
  ) {}

  head(status: number, type: string): void {
    if (this.live) this.post({ what: 'head', id: this.id, status, type });
  }

  data(up: boolean, bytes: Uint8Array, frame: Frame = 'body', t = seconds()): void {
    if (!this.live || bytes.byteLength === 0) return;
    this.size += bytes.byteLength;
    if (this.size > MOST_BYTES) return this.gap('exchange_too_large');
    this.post({ what: 'data', id: this.id, up, frame, bytes, t });
  }

  end(complete: boolean): void {
    if (!this.live) return;
    this.post({ what: 'end', id: this.id, complete });
    this.#close();
  }

  gap(reason: string): void {
    if (!this.live) return;
    this.post({ what: 'gap', id: this.id, reason });
    this.stop();
  }

  /** The other side wants no more. */
  stop(): void {
    if (!this.live) return;
    this.#close();
    this.stopped?.();
  }

  #close(): void {
    this.live = false;
    this.forget();
  }
}

/** Runs what is ours; whatever goes wrong in it stays in it. */
export function quietly(work: () => unknown): void {
  try {
    const done = work();
    if (done instanceof Promise) done.catch(() => undefined);
  } catch {
    // The page goes on as without us.
  }
}
