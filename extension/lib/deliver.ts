/** Where a warning is shown: on the page it belongs to, else as a system notification. Never on a guessed page. */
import { browser } from 'wxt/browser';
import { tabOf } from './captured';
import { pagePatterns } from './hosts';
import { matchTab } from './match';
import type { ToPage } from './messages';
import type { Alert } from './protocol';
import { requests } from './requests';
import { local, session, type Snooze, type Entry } from './store';
import { loadTexts, say } from './text';

/** The page needs a moment to draw the sentence that the proxy has seen. */
const LOOKS_MS = [0, 150, 350, 700, 1300, 2500];
/** What happened longer ago is counted, not shown: nobody is reading that answer any more. */
const STALE_S = 600;

export interface Place {
  placed: NonNullable<Entry['placed']>;
  tab?: number;
  page?: string;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function tell(tab: number, message: ToPage): Promise<unknown> {
  try {
    return await browser.tabs.sendMessage(tab, message, { frameId: 0 });
  } catch {
    // No overlay script in this tab: opened before the extension was installed, or not a chat page.
    return undefined;
  }
}

async function showing(tab: number, quote: string): Promise<{ tab: number; page: string } | null> {
  const answer = (await tell(tab, { kind: 'find', quote })) as { found?: boolean; page?: string } | undefined;
  return answer?.found ? { tab, page: answer.page ?? '' } : null;
}

/** The only tab that shows the sentence; null while none does, or two do. */
async function tabWithQuote(tabs: readonly number[], quote: string): Promise<{ tab: number; page: string } | null> {
  if (!quote || tabs.length === 0) return null;
  for (const wait of LOOKS_MS) {
    await pause(wait);
    const hits = (await Promise.all(tabs.map((tab) => showing(tab, quote)))).filter((hit) => hit !== null);
    if (hits.length > 0) return hits.length === 1 ? (hits[0] ?? null) : null;
  }
  return null;
}

async function locate(alert: Alert, stale: boolean): Promise<{ tab: number; page: string } | null> {
  const own = alert.exchange && tabOf(alert.exchange, await session('captured'));
  if (own) return own;
  const match = alert.exchange ? matchTab(alert.exchange, await requests()) : ({ kind: 'none' } as const);
  if (match.kind === 'tab') return { tab: match.tab, page: match.page };
  if (match.kind === 'likely') return tabWithQuote(match.tabs, alert.quote);
  if (stale) return null;
  const open = await browser.tabs.query({ url: pagePatterns() });
  return tabWithQuote(open.flatMap((tab) => tab.id ?? []), alert.quote);
}

export async function notify(alert: Alert): Promise<void> {
  const { settings } = await local('settings');
  const { texts } = await loadTexts(settings.language);
  await browser.notifications.create(alert.alert_id, {
    type: 'basic',
    iconUrl: browser.runtime.getURL('/icon/128.png' as never),
    title: alert.title || say(texts, 'name'),
    message: alert.body,
  });
}

/** Urgent warnings and blocks are never held back. */
export function heldBack(alert: Alert, quiet: boolean, snooze: Snooze | null, now: number): boolean {
  if (alert.severity === 'urgent' || alert.severity === 'block') return false;
  return quiet || (snooze !== null && snooze.until > now);
}

export async function deliver(alert: Alert): Promise<Place> {
  const { settings, snooze, pairing } = await local('settings', 'snooze', 'pairing');
  const now = Date.now();
  if (alert.delivery === 'digest' || heldBack(alert, settings.quiet, snooze, now)) return { placed: 'badge' };
  const stale = now / 1000 - alert.t_alert > STALE_S;
  // A guardian's own tabs have nothing to do with the chat of the person watched.
  const target = pairing?.role === 'guardian' ? null : await locate(alert, stale);
  if (target && (await show(alert, target))) return { placed: 'page', ...target };
  if (stale || alert.delivery === 'quiet') return { placed: 'badge' };
  await notify(alert);
  return { placed: 'notice' };
}

/** False when the page is another one by now, or has no overlay script. */
export async function show(alert: Alert, { tab, page }: { tab: number; page: string }): Promise<boolean> {
  const { settings } = await local('settings');
  const { texts, language } = await loadTexts(settings.language);
  return (await tell(tab, { kind: 'show', alert, page, texts, language })) === true;
}
