/** The requests that listed pages made, per tab, in session storage: host, path and time, never a body or a query. */
import { browser, type Browser } from 'wxt/browser';
import { declared } from '../capture/wanted';
import { expect, hostOf } from './captured';
import { isPage, requestPatterns } from './hosts';
import type { Seen } from './match';

const KEPT = 60;
const TYPES = ['main_frame', 'sub_frame', 'xmlhttprequest', 'websocket', 'other'] as const;

const key = (tab: number): string => `requests.${tab}`;
const tabs = new Map<number, Seen[]>();
let loading: Promise<void> | undefined;

/** A worker that was ended starts with an empty map: fill it once from the session. */
function loaded(): Promise<void> {
  loading ??= browser.storage.session.get(null).then((all) => {
    for (const [name, value] of Object.entries(all)) {
      if (!name.startsWith('requests.')) continue;
      const tab = Number(name.slice('requests.'.length));
      const late = tabs.get(tab) ?? [];
      tabs.set(tab, [...(value as Seen[]), ...late]);
    }
  });
  return loading;
}

/** Sockets stay open for hours while short requests come and go, so each kind is bounded apart. */
export function bounded(requests: readonly Seen[]): Seen[] {
  const recent = (socket: boolean): Seen[] => requests.filter((seen) => seen.socket === socket).slice(-KEPT);
  return [...recent(false), ...recent(true)];
}

async function remember(seen: Seen): Promise<void> {
  tabs.set(seen.tab, bounded([...(tabs.get(seen.tab) ?? []), seen]));
  await loaded();
  await browser.storage.session.set({ [key(seen.tab)]: bounded(tabs.get(seen.tab) ?? []) });
}

type Details = Browser.webRequest.OnBeforeRequestDetails & { originUrl?: string; documentUrl?: string };

function onRequest(details: Details): undefined {
  const url = new URL(details.url);
  const initiator = details.type === 'main_frame' ? details.url : (details.initiator ?? details.documentUrl ?? details.originUrl);
  const page = hostOf(initiator);
  const method = details.type === 'websocket' ? 'WS' : details.method;
  if (details.type !== 'main_frame' && isPage(page) && declared(url, method)) void expect(page, url, details.timeStamp);
  if (details.tabId < 0) return undefined;
  void remember({
    id: details.requestId,
    tab: details.tabId,
    page,
    host: url.hostname,
    path: url.pathname,
    method: details.method,
    time: details.timeStamp,
    socket: details.type === 'websocket',
  });
  return undefined;
}

/** Of one tab, as stored: for the extension's own pages, which do not observe. */
export async function requestsOf(tab: number): Promise<Seen[]> {
  return ((await browser.storage.session.get(key(tab)))[key(tab)] as Seen[] | undefined) ?? [];
}

export async function requests(): Promise<Seen[]> {
  await loaded();
  return [...tabs.values()].flat();
}

/** To be called in the first turn of the worker, or the events that woke it are lost. */
export function observeRequests(): void {
  browser.webRequest.onBeforeRequest.addListener(onRequest as never, { urls: requestPatterns(), types: [...TYPES] });
  browser.tabs.onRemoved.addListener((tab) => {
    tabs.delete(tab);
    void loaded().then(() => {
      tabs.delete(tab);
      return browser.storage.session.remove(key(tab));
    });
  });
}
