/**
 * Everything that must outlive the background worker, which the browser ends after 30 s without an event.
 *
 * `local` is on disk: pairing, settings, the last sequence number and the latest warnings, without a word of the chat.
 * `session` is in memory: requests seen per tab, quotes, the connection's state.
 */
import { browser } from 'wxt/browser';
import type { Captured } from './captured';
import type { Alert, Status } from './protocol';

export interface Pairing {
  port: number;
  token: string;
  client: string;
  profile: string;
  role: string;
}

export type Language = 'auto' | 'en' | 'es' | 'pt' | 'de' | 'fr';

export interface Settings {
  language: Language;
  /** Notes and warnings only count on the badge; what is urgent still shows. */
  quiet: boolean;
}

export interface Snooze {
  /** Unix milliseconds. */
  until: number;
  reason: string;
}

export type EntryState = 'new' | 'seen' | 'dismissed' | 'retracted';

/** `placed`: where the warning was shown; null until it was shown at all. */
export interface Entry {
  alert: Alert;
  state: EntryState;
  placed: 'page' | 'notice' | 'badge' | null;
  reason?: string;
}

interface Local {
  pairing: Pairing | null;
  settings: Settings;
  snooze: Snooze | null;
  seq: number;
  inbox: Entry[];
  /** Dismissals that the backend has not heard of yet. */
  outbox: string[];
  /** Ids of warnings that have left the inbox, so that none comes twice. */
  known: string[];
}

export interface Connection {
  state: 'down' | 'up' | 'refused';
  status: Status | null;
}

interface Session {
  connection: Connection;
  quotes: Record<string, string>;
  /** Which page shows which warning, to show it again after a reload. */
  shown: Record<string, { tab: number; host: string }>;
  captured: Captured[];
  /** Chat pages that sent a chat which page capture did not see. */
  unseen: string[];
}

const localDefaults: Local = {
  pairing: null,
  settings: { language: 'auto', quiet: false },
  snooze: null,
  seq: 0,
  inbox: [],
  outbox: [],
  known: [],
};

const sessionDefaults: Session = { connection: { state: 'down', status: null }, quotes: {}, shown: {}, captured: [], unseen: [] };

export async function local<K extends keyof Local>(...keys: K[]): Promise<Pick<Local, K>> {
  const found = await browser.storage.local.get(keys as string[]);
  return Object.fromEntries(keys.map((key) => [key, found[key] ?? localDefaults[key]])) as Pick<Local, K>;
}

export const setLocal = (values: Partial<Local>): Promise<void> => browser.storage.local.set(values);

export async function session<K extends keyof Session>(key: K): Promise<Session[K]> {
  const found = await browser.storage.session.get(key);
  return (found[key] as Session[K] | undefined) ?? sessionDefaults[key];
}

export const setSession = (values: Partial<Session>): Promise<void> => browser.storage.session.set(values);

/** One read-change-write after the other: two events must not overwrite each other's change. */
export function serial(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}

/** With one more value; the oldest leave, so that a long session stays small. */
export function latest<T>(values: Record<string, T>, key: string, value: T, kept = 100): Record<string, T> {
  return Object.fromEntries([...Object.entries(values).filter(([old]) => old !== key), [key, value] as const].slice(-kept));
}
