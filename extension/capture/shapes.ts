/** What the page's half says to the extension's half of the page capture, over a port that no script of the page can reach. */
import { hostMatches, observedHosts } from '../lib/hosts';

/** Bytes of both directions. The backend takes no more of one exchange from a page. */
export const MOST_BYTES = 4 * 1024 * 1024;
/** The event by which the two halves find each other before any script of the page runs. */
export const MEET = 'groundwire-capture';

/** `t` in Unix seconds. */
export interface Opened {
  kind: 'http' | 'websocket';
  method: string;
  url: string;
  requestType: string;
  t: number;
}

export type Frame = 'body' | 'text' | 'binary';

export type FromCapture =
  | { what: 'open'; id: number; opened: Opened }
  | { what: 'head'; id: number; status: number; type: string }
  | { what: 'data'; id: number; up: boolean; frame: Frame; bytes: Uint8Array; t: number }
  | { what: 'end'; id: number; complete: boolean }
  | { what: 'gap'; id: number; reason: string };

/** The exchange is of no more use: stop copying it. `off`: none is. */
export type ToCapture = { what: 'stop'; id: number } | { what: 'off' };

const STREAMS = /^(text\/event-stream|application\/(x-|stream\+|connect\+)?(ndjson|jsonl?|json-?lines|json-stream|json-seq|stream\+json|proto))\b/;
const WHOLE = /^(application\/([\w.-]+\+)?json|text\/plain)\b/;
const JSON_TYPE = /^application\/json\b/;

/** Whether a response may be an answer: any stream of events or lines; whole JSON or text only where something was posted. */
export function mayBeAnswer(method: string, type: string): boolean {
  const name = type.trim().toLowerCase();
  if (method === 'POST' || method === 'PUT' || method === 'PATCH') return STREAMS.test(name) || WHOLE.test(name);
  return STREAMS.test(name) && !JSON_TYPE.test(name);
}

/** The absolute address when it is on a listed host and encrypted, else null. */
export function listedUrl(address: string, base: string): URL | null {
  const url = new URL(address, base);
  if (url.protocol !== 'https:' && url.protocol !== 'wss:') return null;
  return observedHosts.some((pattern) => hostMatches(pattern, url.hostname)) ? url : null;
}
