/** The latest warnings and what became of them. Pure: the caller stores the result. */
import type { Alert, RetractReason } from './protocol';
import type { Entry } from './store';

const KEPT = 50;
const KNOWN = 500;

export interface Inbox {
  inbox: Entry[];
  known: string[];
}

/** Kept on disk without a word of the chat. */
const wordless = (alert: Alert): Alert => ({ ...alert, quote: '' });

/** Newest first. Null when the warning was received before. */
export function received({ inbox, known }: Inbox, alert: Alert): Inbox | null {
  if (known.includes(alert.alert_id) || inbox.some((entry) => entry.alert.alert_id === alert.alert_id)) return null;
  const entry: Entry = { alert: wordless(alert), state: 'new', placed: null };
  const all = [entry, ...inbox];
  const gone = all.slice(KEPT).map((old) => old.alert.alert_id);
  return { inbox: all.slice(0, KEPT), known: [...known, ...gone].slice(-KNOWN) };
}

export function changed(inbox: readonly Entry[], alert_id: string, change: Partial<Entry>): Entry[] {
  return inbox.map((entry) => (entry.alert.alert_id === alert_id ? { ...entry, ...change } : entry));
}

export function retracted(inbox: readonly Entry[], alert_id: string, reason: RetractReason): Entry[] {
  return changed(inbox, alert_id, { state: reason === 'dismissed' ? 'dismissed' : 'retracted', reason });
}

/** What the badge counts; a digest waits for its time and is not counted. */
export const fresh = (inbox: readonly Entry[]): number =>
  inbox.filter((entry) => entry.state === 'new' && entry.alert.delivery !== 'digest').length;

export const waiting = (inbox: readonly Entry[]): Entry[] =>
  inbox.filter((entry) => entry.placed === null && entry.state === 'new').reverse();
