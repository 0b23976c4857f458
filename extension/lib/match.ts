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
/** A first request waits for TCP and TLS through the proxy: too far apart to be believed without a look at the page. */
export const SLOW_MS = 8000;

/** `likely`: which of these tabs, if any, has to be found out by what they show. */
export type Match = { kind: 'tab'; tab: number; page: string } | { kind: 'likely'; tabs: number[] } | { kind: 'none' };

const bare = (path: string): string => path.split(/[?#]/, 1)[0] ?? '';
const bareHost = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

/**
 * A tab only when no other comes into question: same host, path and method, and a start within 500 ms.
 *
 * Several such tabs, or a start up to 8 s earlier, make them likely.
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
  const near = same.filter((seen) => Math.abs(start - seen.time) <= NEAR_MS);
  const slow = same.filter((seen) => start - seen.time >= 0 && start - seen.time <= SLOW_MS);
  const tabs = [...new Set((near.length > 0 ? near : slow).map((seen) => seen.tab))];
  const [first] = near;
  if (first && tabs.length === 1) return { kind: 'tab', tab: first.tab, page: first.page };
  return tabs.length > 0 ? { kind: 'likely', tabs } : { kind: 'none' };
}
