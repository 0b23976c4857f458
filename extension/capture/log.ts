/**
 * What a page's exchanges have said so far, kept until the backend needs it no more. Pure.
 *
 * After a reconnect everything is sent again from the first byte. Over a limit the whole exchange becomes a gap: bytes are
 * never dropped from the middle. Only a WebSocket gives up its oldest messages that are committed.
 */
import { hostMatches } from './wanted';
import type { Direction, Frame, FromTap } from './wire';

/** The link's messages (docs/architecture.md, "Link", "Page capture"). */
export type LinkFrame =
  | { type: 'open'; meta: Meta }
  | { type: 'head'; exchange_id: string; head: { status: number; content_type: string } }
  | { type: 'data'; exchange_id: string; offset: number; segment: { direction: Direction; data: string; t: number; frame: Frame } }
  | { type: 'end'; exchange_id: string; size: number; complete: boolean }
  | { type: 'gap'; exchange_id: string; reason: string };

export interface Meta {
  exchange_id: string;
  kind: 'http' | 'websocket';
  method: string;
  scheme: string;
  host: string;
  port: number;
  path: string;
  request_content_type: string;
  t_start: number;
}

export type Hosts = Record<string, 'proxy' | 'page' | 'none'>;

interface Entry {
  id: number;
  key: string;
  meta: Meta;
  frames: { frame: LinkFrame; n: number }[];
  sent: number;
  size: number;
  kept: number;
  acked: number;
  closed: boolean;
}

export const EXCHANGE_LIMIT = 4 * 1024 * 1024;
export const TOTAL_LIMIT = 64 * 1024 * 1024;
const MOST = 512;

export class Log {
  readonly #byKey = new Map<string, Entry>();
  readonly #byId = new Map<number, Entry>();
  #hosts: Hosts | null = null;
  #total = 0;

  constructor(
    private readonly send: (frame: LinkFrame) => void,
    private readonly stop: (id: number) => void,
    private readonly newKey: () => string,
    private readonly limits = { exchange: EXCHANGE_LIMIT, total: TOTAL_LIMIT },
  ) {}

  get size(): number {
    return this.#byKey.size;
  }

  heard(message: FromTap): void {
    if (message.k === 'open') return this.#open(message);
    const entry = this.#byId.get(message.id);
    if (!entry || entry.closed) return;
    const exchange_id = entry.key;
    switch (message.k) {
      case 'head':
        return this.#add(entry, { type: 'head', exchange_id, head: { status: message.status, content_type: message.type } });
      case 'data': {
        const { direction, data, t, frame, n } = message;
        if (!this.#fits(entry, n)) return;
        this.#add(entry, { type: 'data', exchange_id, offset: entry.size, segment: { direction, data, t, frame } }, n);
        return;
      }
      case 'end':
        entry.closed = true;
        this.#byId.delete(entry.id);
        return this.#add(entry, { type: 'end', exchange_id, size: entry.size, complete: message.complete });
    }
  }

  /** The way to the backend is open: everything again, from the first byte. */
  up(hosts: Hosts): void {
    this.#hosts = hosts;
    for (const entry of this.#byKey.values()) entry.sent = 0;
    this.#flushAll();
  }

  /** Who reads which host has changed. */
  told(hosts: Hosts): void {
    if (!this.#hosts) return;
    this.#hosts = hosts;
    this.#flushAll();
  }

  down(): void {
    this.#hosts = null;
  }

  ack(exchange_id: string, offset: number, done: boolean): void {
    const entry = this.#byKey.get(exchange_id);
    if (!entry) return;
    entry.acked = Math.max(entry.acked, offset);
    if (done) this.#forget(entry);
  }

  /** Nobody reads: nothing is kept. */
  off(): void {
    this.#hosts = null;
    for (const entry of [...this.#byKey.values()]) this.#forget(entry);
  }

  #open(message: FromTap & { k: 'open' }): void {
    if (this.#byKey.size >= MOST) return this.stop(message.id);
    const url = new URL(message.url);
    const secure = url.protocol === 'https:' || url.protocol === 'wss:';
    const meta: Meta = {
      exchange_id: this.newKey(),
      kind: message.kind,
      method: message.method,
      scheme: url.protocol.slice(0, -1),
      host: url.hostname,
      port: Number(url.port) || (secure ? 443 : 80),
      path: url.pathname + url.search,
      request_content_type: message.type,
      t_start: message.t,
    };
    const key = meta.exchange_id;
    const entry: Entry = { id: message.id, key, meta, frames: [], sent: 0, size: 0, kept: 0, acked: 0, closed: false };
    this.#byKey.set(key, entry);
    this.#byId.set(message.id, entry);
    this.#add(entry, { type: 'open', meta });
  }

  #fits(entry: Entry, n: number): boolean {
    const tooMuch = (): boolean => entry.kept + n > this.limits.exchange || this.#total + n > this.limits.total;
    if (tooMuch()) this.#forgetCommitted(entry);
    if (!tooMuch()) return true;
    const reason = entry.kept + n > this.limits.exchange ? 'exchange_too_large' : 'memory_full';
    this.#total -= entry.kept;
    entry.kept = 0;
    entry.closed = true;
    entry.frames = entry.frames.slice(0, 1);
    entry.sent = Math.min(entry.sent, 1);
    this.#byId.delete(entry.id);
    this.stop(entry.id);
    this.#add(entry, { type: 'gap', exchange_id: entry.key, reason });
    return false;
  }

  #forgetCommitted(entry: Entry): void {
    if (entry.meta.kind !== 'websocket') return;
    entry.frames = entry.frames.filter(({ frame, n }, i) => {
      const gone = frame.type === 'data' && i < entry.sent && frame.offset + n <= entry.acked;
      if (gone) {
        entry.kept -= n;
        this.#total -= n;
        entry.sent -= 1;
      }
      return !gone;
    });
  }

  #add(entry: Entry, frame: LinkFrame, n = 0): void {
    entry.frames.push({ frame, n });
    entry.size += n;
    entry.kept += n;
    this.#total += n;
    this.#flush(entry);
  }

  #flushAll(): void {
    for (const entry of [...this.#byKey.values()]) this.#flush(entry);
  }

  /** Where the proxy reads, only the beginning is told, so that the backend can say when it does not after all. */
  #flush(entry: Entry): void {
    if (!this.#hosts) return;
    const reader = readerOf(this.#hosts, entry.meta.host);
    if (reader === 'none') return this.#forget(entry);
    const end = reader === 'proxy' ? 1 : entry.frames.length;
    while (entry.sent < end) {
      const next = entry.frames[entry.sent++];
      if (next) this.send(next.frame);
    }
  }

  #forget(entry: Entry): void {
    this.#total -= entry.kept;
    entry.closed = true;
    this.#byKey.delete(entry.key);
    if (this.#byId.delete(entry.id)) this.stop(entry.id);
  }
}

export function readerOf(hosts: Hosts, host: string): Hosts[string] {
  if (hosts[host]) return hosts[host];
  return Object.entries(hosts).find(([pattern]) => pattern.startsWith('*.') && hostMatches(pattern, host))?.[1] ?? 'none';
}
