/** From an exchange that the backend names to the request that a tab made. Pure. */
import type { ExchangeRef } from './protocol';

/** A request as the browser announced it. `time` in Unix milliseconds; `page` is the host of the page that made it. */
export interface Seen {
  id: string;
  tab: number;
  page: string;
  host: string;
  path: string;
  method: string;
  time: number;
  socket: boolean;
}

/** Clocks are the same machine's: the proxy reads the head within this of the browser's announcement. */
export const NEAR_MS = 500;
/** A first request waits for TCP and TLS through the proxy; believed only while one tab alone could be meant. */
export const SLOW_MS = 8000;

export type Match = { kind: 'tab'; tab: number; page: string } | { kind: 'ambiguous'; tabs: number[] } | { kind: 'none' };

const bare = (path: string): string => path.split(/[?#]/, 1)[0] ?? '';
const bareHost = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

function decide(candidates: Seen[]): Match {
  const tabs = [...new Set(candidates.map((seen) => seen.tab))];
  const [first] = candidates;
  if (!first) return { kind: 'none' };
  return tabs.length === 1 ? { kind: 'tab', tab: first.tab, page: first.page } : { kind: 'ambiguous', tabs };
}

/**
 * A tab only when no other tab comes into question.
 *
 * Same host, path and method, and a start within 500 ms; else a start up to 8 s earlier.
 */
export function matchTab(exchange: ExchangeRef, requests: readonly Seen[]): Match {
  const start = exchange.t_start * 1000;
  const same = requests.filter(
    (seen) =>
      seen.tab >= 0 &&
      seen.method === exchange.method &&
      seen.host === bareHost(exchange.host) &&
      bare(seen.path) === bare(exchange.path),
  );
  const near = decide(same.filter((seen) => Math.abs(start - seen.time) <= NEAR_MS));
  if (near.kind !== 'none') return near;
  return decide(same.filter((seen) => start - seen.time >= 0 && start - seen.time <= SLOW_MS));
}
