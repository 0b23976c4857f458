/** Page capture's way to the backend: one WebSocket, and a line to each chat page. Pages keep what is not taken yet. */
import { browser, type Browser } from 'wxt/browser';
import type { Hosts, LinkFrame } from '../capture/log';
import { remember } from './captured';
import type { ToBridge } from './messages';
import { local } from './store';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 15_000;
const REFUSED = [4401, 4403];

type Line = Browser.runtime.Port;
type Answer = { type: 'capture'; hosts: Hosts } | { type: 'ack'; exchange_id: string; offset: number; done: boolean };

export class Capture {
  /** Each line with its open exchanges and how many bytes of each were sent. */
  readonly #lines = new Map<Line, Map<string, number>>();
  readonly #owners = new Map<string, Line>();
  #socket: WebSocket | null = null;
  #hosts: Hosts | null = null;
  #opening = false;
  #refused = false;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  attach(line: Line): void {
    if (line.sender?.id !== browser.runtime.id || line.sender?.tab?.id === undefined) return;
    this.#lines.set(line, new Map());
    line.onMessage.addListener((frame: LinkFrame) => this.#said(line, frame));
    line.onDisconnect.addListener(() => this.#left(line));
    if (this.#hosts) this.#tell(line, { kind: 'up', hosts: this.#hosts });
    void this.wake();
  }

  /** Connects while a chat page is open, unless connected. */
  async wake(): Promise<void> {
    if (this.#socket || this.#opening || this.#lines.size === 0) return;
    clearTimeout(this.#retry);
    this.#opening = true;
    const { pairing } = await local('pairing').finally(() => (this.#opening = false));
    if (!pairing || pairing.role === 'guardian' || this.#refused) return this.#everyone({ kind: 'off' });
    this.#open(`ws://127.0.0.1:${pairing.port}/v1/capture`, pairing.token);
  }

  /** Another pairing, or none. */
  async restart(): Promise<void> {
    this.#refused = false;
    this.#drop();
    this.#socket?.close();
    this.#socket = null;
    await this.wake();
  }

  #open(url: string, token: string): void {
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token }));
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#heard(JSON.parse(String(event.data)) as Answer);
    };
    socket.onclose = (event) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      this.#drop();
      if (REFUSED.includes(event.code)) {
        this.#refused = true;
        return this.#everyone({ kind: 'off' });
      }
      const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++);
      this.#retry = setTimeout(() => void this.wake(), delay * (0.75 + Math.random() / 2));
    };
  }

  #heard(answer: Answer): void {
    if (answer.type === 'capture') {
      const kind = this.#hosts ? 'hosts' : 'up';
      this.#hosts = answer.hosts;
      this.#failures = 0;
      return this.#everyone({ kind, hosts: answer.hosts });
    }
    if (answer.type !== 'ack') return;
    const { exchange_id, offset, done } = answer;
    const line = this.#owners.get(exchange_id);
    if (!line) return;
    if (done) this.#closed(line, exchange_id);
    this.#tell(line, { kind: 'ack', exchange_id, offset, done });
  }

  #said(line: Line, frame: LinkFrame): void {
    // A line that was up before this connection sends everything again when it hears that it is up.
    if (!this.#hosts) return;
    const open = this.#lines.get(line);
    if (!open) return;
    if (frame.type === 'open') {
      const { exchange_id } = frame.meta;
      if ((this.#owners.get(exchange_id) ?? line) !== line) return;
      this.#owners.set(exchange_id, line);
      open.set(exchange_id, 0);
      void remember(line, frame.meta);
    } else {
      if (!open.has(frame.exchange_id)) return;
      if (frame.type === 'data') open.set(frame.exchange_id, frame.offset + Math.floor((frame.segment.data.length * 3) / 4));
    }
    this.#put(frame);
  }

  /** The page has gone: what it had begun ends as it stands. */
  #left(line: Line): void {
    for (const [exchange_id, size] of this.#lines.get(line) ?? []) {
      this.#put({ type: 'end', exchange_id, size, complete: false });
      this.#owners.delete(exchange_id);
    }
    this.#lines.delete(line);
    if (this.#lines.size > 0) return;
    this.#drop();
    this.#socket?.close();
    this.#socket = null;
  }

  #closed(line: Line, exchange_id: string): void {
    this.#owners.delete(exchange_id);
    this.#lines.get(line)?.delete(exchange_id);
  }

  #put(frame: LinkFrame): void {
    if (this.#hosts && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #drop(): void {
    if (this.#hosts) this.#everyone({ kind: 'down' });
    this.#hosts = null;
    this.#owners.clear();
    for (const open of this.#lines.values()) open.clear();
  }

  #everyone(message: ToBridge): void {
    for (const line of this.#lines.keys()) this.#tell(line, message);
  }

  #tell(line: Line, message: ToBridge): void {
    try {
      line.postMessage(message);
    } catch {
      // The page has gone; its line says so itself.
    }
  }
}
