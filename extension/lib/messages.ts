/** What the parts of the extension say to each other. */
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
