/** How things stand, said honestly: from what is stored to the one state that badge and popup show. Pure. */
import type { Connection, Pairing, Snooze } from './store';

export type StateKind =
  | 'unpaired'
  | 'no_access'
  | 'refused'
  | 'down'
  | 'unprotected'
  | 'site_unprotected'
  | 'not_scored'
  | 'unseen'
  | 'use_proxy'
  | 'snoozed'
  | 'protected';

export interface State {
  kind: StateKind;
  /** Codes or sentences of the backend that say more. */
  reasons: string[];
  /** Unix milliseconds; of a snooze. */
  until?: number;
}

export interface Facts {
  pairing: Pairing | null;
  /** May the extension see the chat pages? The person can withdraw it in the browser. */
  access: boolean;
  connection: Connection;
  snooze: Snooze | null;
  /** The chat page in front, if it is one, and the hosts that it asked. */
  page?: { host: string; asked: string[] };
  /** Chat pages that sent a chat from where page capture does not reach. */
  missed?: readonly string[];
  now: number;
}

/** The first that is true, worst first: a snooze must not hide that nothing is watched at all. */
export function stateOf({ pairing, access, connection, snooze, page, missed, now }: Facts): State {
  if (!pairing) return { kind: 'unpaired', reasons: [] };
  if (!access) return { kind: 'no_access', reasons: [] };
  if (connection.state === 'refused') return { kind: 'refused', reasons: [] };
  const { status } = connection;
  if (connection.state !== 'up') return { kind: 'down', reasons: [] };
  if (!status?.protected) return { kind: 'unprotected', reasons: status?.reasons ?? [] };
  if (page && status.capture[page.host] === 'none') return { kind: 'site_unprotected', reasons: [page.host] };
  if (status.not_scored.length > 0) {
    return { kind: 'not_scored', reasons: [...new Set(status.not_scored.map((entry) => entry.reason))] };
  }
  const read = (by: string): boolean => !!page && [page.host, ...page.asked].some((host) => status.capture[host] === by);
  if (page && missed?.includes(page.host) && !read('proxy')) return { kind: 'use_proxy', reasons: [page.host] };
  if (page && !read('proxy') && !read('page')) {
    return { kind: 'unseen', reasons: [page.host] };
  }
  if (snooze && snooze.until > now) return { kind: 'snoozed', reasons: [snooze.reason], until: snooze.until };
  return { kind: 'protected', reasons: [] };
}

export type Tone = 'good' | 'idle' | 'partly' | 'bad';

export const TONES: Record<StateKind, Tone> = {
  unpaired: 'idle',
  no_access: 'bad',
  refused: 'bad',
  down: 'bad',
  unprotected: 'bad',
  site_unprotected: 'bad',
  not_scored: 'partly',
  unseen: 'partly',
  use_proxy: 'bad',
  snoozed: 'idle',
  protected: 'good',
};

const COLOURS: Record<Tone, string> = { good: '#1f7a4d', idle: '#5f6b7a', partly: '#9a5b00', bad: '#b3261e' };
const WARNING_COLOUR = '#b45309';

/** A count never hides that protection is off. */
export function badgeOf(state: State, fresh: number): { text: string; colour: string } {
  const tone = TONES[state.kind];
  if (tone === 'bad') return { text: '!', colour: COLOURS.bad };
  if (state.kind === 'unpaired') return { text: '?', colour: COLOURS.idle };
  if (fresh > 0) return { text: fresh > 99 ? '99+' : String(fresh), colour: WARNING_COLOUR };
  if (state.kind === 'not_scored') return { text: '~', colour: COLOURS.partly };
  if (state.kind === 'snoozed') return { text: 'z', colour: COLOURS.idle };
  return { text: '', colour: COLOURS.good };
}
