/** What the backend says on the feed (docs/architecture.md, "Feed"). */

export type Severity = 'note' | 'warn' | 'urgent' | 'block';
export type Delivery = 'interrupt' | 'quiet' | 'digest';
export type RetractReason = 'regenerated' | 'withdrawn' | 'rescored' | 'dismissed';

export interface Resource {
  name: string;
  contact?: string;
  url?: string;
}

/** `t_start` in Unix seconds. */
export interface ExchangeRef {
  host: string;
  path: string;
  method: string;
  t_start: number;
}

/** `t_*` in Unix seconds. `quote` comes only to the watched person's own client. */
export interface Alert {
  alert_id: string;
  service: string;
  label: string;
  rule: string;
  severity: Severity;
  delivery: Delivery;
  title: string;
  body: string;
  why: string;
  advice: string[];
  quote: string;
  resources: Resource[];
  exchange: ExchangeRef | null;
  t_alert: number;
}

export interface Status {
  ready: boolean;
  protected: boolean;
  reasons: string[];
  link: 'up' | 'down';
  capture: Record<string, 'proxy' | 'page' | 'none'>;
  not_scored: { conversation_id: string; reason: string }[];
}

export type FeedMessage =
  | { type: 'alert'; seq: number; alert: Alert }
  | { type: 'retract'; seq: number; alert_id: string; reason: RetractReason }
  | { type: 'status'; seq?: number; status: Status }
  | { type: 'reset'; since: number }
  | { type: 'ping' }
  | { type: 'score' };

type Raw = Record<string, unknown>;

const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const oneOf = <T extends string>(value: unknown, known: readonly T[], otherwise: T): T =>
  known.includes(value as T) ? (value as T) : otherwise;

/** A severity that this version does not know still reaches the person, as a warning. */
function readAlert(raw: Raw): Alert | null {
  const alert_id = text(raw.alert_id);
  if (!alert_id || !text(raw.title)) return null;
  const exchange = isRaw(raw.exchange) ? raw.exchange : null;
  return {
    alert_id,
    service: text(raw.service),
    label: text(raw.label),
    rule: text(raw.rule),
    severity: oneOf(raw.severity, ['note', 'warn', 'urgent', 'block'], 'warn'),
    delivery: oneOf(raw.delivery, ['interrupt', 'quiet', 'digest'], 'interrupt'),
    title: text(raw.title),
    body: text(raw.body),
    why: text(raw.why),
    advice: list(raw.advice).map(text).filter(Boolean),
    quote: text(raw.quote),
    resources: list(raw.resources)
      .filter(isRaw)
      .map((r) => ({ name: text(r.name), contact: text(r.contact), url: text(r.url) }))
      .filter((r) => r.name),
    exchange: exchange && {
      host: text(exchange.host).toLowerCase(),
      path: text(exchange.path),
      method: text(exchange.method).toUpperCase(),
      t_start: number(exchange.t_start),
    },
    t_alert: number(raw.t_alert),
  };
}

function readStatus(raw: Raw): Status {
  const capture: Status['capture'] = {};
  for (const [host, how] of Object.entries(isRaw(raw.capture) ? raw.capture : {})) {
    capture[host] = oneOf(how, ['proxy', 'page', 'none'], 'none');
  }
  return {
    ready: raw.ready !== false,
    protected: raw.protected === true,
    reasons: list(raw.reasons).map(text).filter(Boolean),
    link: raw.link === 'down' ? 'down' : 'up',
    capture,
    not_scored: list(raw.not_scored)
      .filter(isRaw)
      .map((entry) => ({ conversation_id: text(entry.conversation_id), reason: text(entry.reason) })),
  };
}

/** Null for whatever is not a message of this version: newer messages are skipped, never fatal. */
export function readFeed(data: unknown): FeedMessage | null {
  let raw: unknown;
  try {
    raw = JSON.parse(text(data));
  } catch {
    return null;
  }
  if (!isRaw(raw)) return null;
  const seq = number(raw.seq);
  switch (raw.type) {
    case 'alert': {
      const alert = isRaw(raw.alert) ? readAlert(raw.alert) : null;
      return alert && { type: 'alert', seq, alert };
    }
    case 'retract':
      return {
        type: 'retract',
        seq,
        alert_id: text(raw.alert_id),
        reason: oneOf(raw.reason, ['regenerated', 'withdrawn', 'rescored', 'dismissed'], 'withdrawn'),
      };
    case 'status':
      return isRaw(raw.status) ? { type: 'status', ...(seq ? { seq } : {}), status: readStatus(raw.status) } : null;
    case 'reset':
      return { type: 'reset', since: number(raw.since) };
    case 'ping':
    case 'score':
      return { type: raw.type };
    default:
      return null;
  }
}
