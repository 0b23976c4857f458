/** What popup and options need to know to say how things stand. */
import { browser } from 'wxt/browser';
import { hostPermissions, isPage } from '../lib/hosts';
import { requestsOf } from '../lib/requests';
import { stateOf, type State } from '../lib/state';
import { local, session } from '../lib/store';

async function pageInFront(): Promise<{ host: string; asked: string[] } | undefined> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  // The address is told for chat pages only; of every other tab the extension knows nothing.
  if (tab?.id === undefined || !tab.url) return undefined;
  const { hostname } = new URL(tab.url);
  if (!isPage(hostname)) return undefined;
  const asked = (await requestsOf(tab.id)).filter((seen) => seen.page === hostname).map((seen) => seen.host);
  return { host: hostname, asked: [...new Set(asked)] };
}

export async function currentState(): Promise<State> {
  const { pairing, snooze } = await local('pairing', 'snooze');
  const access = await browser.permissions.contains({ origins: hostPermissions() });
  const page = await pageInFront();
  return stateOf({ pairing, access, connection: await session('connection'), snooze, missed: await session('unseen'), ...(page ? { page } : {}), now: Date.now() });
}
