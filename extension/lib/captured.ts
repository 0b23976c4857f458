/** Which tab's exchange was captured when, and which chat pages send from where the capture cannot see. In session storage. */
import type { Browser } from 'wxt/browser';
import type { Meta } from '../capture/log';
import type { ExchangeRef } from './protocol';
import { serial, session, setSession } from './store';

/** `t_start` in Unix seconds, exactly as the backend was told it. */
export interface Captured {
  tab: number;
  page: string;
  host: string;
  path: string;
  t_start: number;
}

const KEPT = 200;
/** A capture is announced within this of the browser's own announcement of the request. */
const LATE_MS = 2500;
const NEAR_S = 2;
const inTurn = serial();

export function hostOf(address: string | undefined): string {
  try {
    return new URL(address ?? '').hostname;
  } catch {
    return '';
  }
}

const bare = (path: string): string => path.split(/[?#]/, 1)[0] ?? '';

export function remember(line: Browser.runtime.Port, meta: Meta): Promise<void> {
  const { tab, url } = line.sender ?? {};
  const page = hostOf(tab?.url ?? url);
  return inTurn(async () => {
    const captured = await session('captured');
    const one = { tab: tab?.id ?? -1, page, host: meta.host, path: bare(meta.path), t_start: meta.t_start };
    if (!captured.some((old) => old.t_start === one.t_start && old.tab === one.tab && old.path === one.path)) {
      await setSession({ captured: [...captured, one].slice(-KEPT) });
    }
    const unseen = await session('unseen');
    if (unseen.includes(page)) await setSession({ unseen: unseen.filter((host) => host !== page) });
  });
}

/** The tab whose captured exchange this is. Pure. */
export function tabOf(exchange: ExchangeRef, captured: readonly Captured[]): { tab: number; page: string } | null {
  const same = captured.filter(
    (one) =>
      Math.abs(one.t_start - exchange.t_start) < 1e-4 && one.host === exchange.host && one.path === bare(exchange.path),
  );
  const [first] = same;
  return first && same.every((one) => one.tab === first.tab) ? { tab: first.tab, page: first.page } : null;
}

/** A page's chat request: if no capture is announced soon, the page sends from a worker that capture does not reach. */
export async function expect(page: string, url: URL, time: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LATE_MS));
  await inTurn(async () => {
    const seen = (await session('captured')).some(
      (one) => one.host === url.hostname && one.path === url.pathname && Math.abs(one.t_start - time / 1000) <= NEAR_S,
    );
    const unseen = await session('unseen');
    if (!seen && !unseen.includes(page)) await setSession({ unseen: [...unseen, page] });
  });
}
