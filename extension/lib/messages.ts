/** What the parts of the extension say to each other. */
import type { Hosts } from '../capture/log';
import type { Alert, RetractReason } from './protocol';
import type { Texts } from './text';

/** From the page's overlay. */
export type FromPage =
  | { kind: 'page' }
  | { kind: 'seen'; alert_id: string }
  | { kind: 'dismiss'; alert_id: string }
  | { kind: 'snooze'; minutes: number; reason: string }
  /** The page kept removing the warning. */
  | { kind: 'lost'; alert_id: string };

/** From popup and options. */
export type FromOwnPage =
  | { kind: 'pair'; code: string }
  | { kind: 'unpair' }
  | { kind: 'changed' }
  | { kind: 'seen_all' }
  | { kind: 'dismiss'; alert_id: string };

export type ToPage =
  | { kind: 'show'; alert: Alert; page: string; texts: Texts; language: string }
  | { kind: 'find'; quote: string }
  | { kind: 'retract'; alert_id: string; reason: RetractReason }
  | { kind: 'focus' };

export type PairResult = { ok: true } | { ok: false; why: 'bad_code' | 'refused' | 'unreachable' | 'full' };

/** Name of the line between a page's bridge and the background. */
export const CAPTURE = 'capture';

/** To the bridge: the way to the backend is open, has closed, or is not wanted at all. */
export type ToBridge =
  | { kind: 'up'; hosts: Hosts }
  | { kind: 'hosts'; hosts: Hosts }
  | { kind: 'down' }
  | { kind: 'off' }
  | { kind: 'ack'; exchange_id: string; offset: number; done: boolean };
