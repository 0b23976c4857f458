/** The connection to the backend: one WebSocket, resumed by sequence number. */
import { type FeedMessage, readFeed } from './protocol';

export interface FeedHooks {
  address(): Promise<{ url: string; token: string; since: number } | null>;
  message(message: FeedMessage): Promise<void>;
  state(state: 'down' | 'up' | 'refused'): void;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;
/** The backend pings every 20 s. */
const SILENCE_MS = 50_000;
/** The backend closes with this when it does not know the token. */
const NOT_PAIRED = 4401;

export class Feed {
  #socket: WebSocket | null = null;
  #opening = false;
  #failures = 0;
  #up = false;
  #heard = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(private readonly hooks: FeedHooks) {}

  /** Connects unless connected. Called on every wake-up of the worker. */
  async wake(): Promise<void> {
    if (this.#socket && Date.now() - this.#heard > SILENCE_MS) {
      this.close();
      this.hooks.state('down');
    }
    if (this.#socket || this.#opening) return;
    clearTimeout(this.#retry);
    this.#opening = true;
    // What the last connection still has to hand over is counted in `since`.
    await this.#work;
    const address = await this.hooks.address().finally(() => (this.#opening = false));
    if (address) this.#open(address);
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#retry);
    socket?.close();
  }

  #open({ url, token, since }: { url: string; token: string; since: number }): void {
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#up = false;
    this.#heard = Date.now();
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token, since }));
    socket.onmessage = (event) => {
      if (socket !== this.#socket) return;
      this.#heard = Date.now();
      const message = readFeed(event.data);
      if (!message) return;
      // The first message proves that the token was accepted; an open socket alone does not.
      if (!this.#up) this.hooks.state('up');
      this.#up = true;
      this.#failures = 0;
      this.#work = this.#work.then(() => this.hooks.message(message)).catch(console.error);
    };
    socket.onclose = (event) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      if (event.code === NOT_PAIRED) {
        this.hooks.state('refused');
        return;
      }
      this.hooks.state('down');
      const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
      this.#retry = setTimeout(() => void this.wake(), delay * (0.75 + Math.random() / 2));
    };
  }
}
