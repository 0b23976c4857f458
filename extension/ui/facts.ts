/** What popup and options need to know to say how things stand. */
import { browser } from 'wxt/browser';
import { hostPermissions, isPage } from '../lib/hosts';
import { stateOf, type State } from '../lib/state';
import { local, session } from '../lib/store';

async function hostInFront(): Promise<string | undefined> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  // The address is told for chat pages only; of every other tab the extension knows nothing.
  if (!tab?.url) return undefined;
  const { hostname } = new URL(tab.url);
  return isPage(hostname) ? hostname : undefined;
}

export async function currentState(): Promise<State> {
  const { pairing, snooze } = await local('pairing', 'snooze');
  const access = await browser.permissions.contains({ origins: hostPermissions() });
  const host = await hostInFront();
  return stateOf({ pairing, access, connection: await session('connection'), snooze, ...(host ? { host } : {}), now: Date.now() });
}
