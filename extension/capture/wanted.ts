/** Which requests of a chat page carry chats. Pure; the paths are the services' own (`generate_paths.py`). */
import hosts from '../hosts.json';
import table from '../paths.json';

/** `yes`: a declared or chat-like request. `maybe`: decided by the answer's type. `no`: not read. */
export type Want = 'yes' | 'maybe' | 'no';

const CHAT = new RegExp(table.chat, 'i');
const NOISE = new RegExp(table.noise, 'i');
const SOCKET = new RegExp(table.socket, 'i');
const STREAMED = /event-stream|ndjson|jsonl|json-seq/i;
const SENDS = /^(POST|PUT|PATCH)$/;

const PATHS = (table.paths as [string, string[], string, string][]).map(([method, names, path, query]) => ({
  method,
  names,
  path: new RegExp(`^(?:${path})$`),
  query,
}));

/** `pattern`: a name, or `*.suffix` for the suffix and what is below it. */
export const hostMatches = (pattern: string, host: string): boolean =>
  pattern.startsWith('*.') ? host === pattern.slice(2) || host.endsWith(pattern.slice(1)) : host === pattern;

const isListed = (host: string): boolean => [...hosts.pages, ...hosts.services].some((pattern) => hostMatches(pattern, host));

/** By the services' own declarations. `method` is `WS` for a WebSocket. */
export function declared(url: URL, method: string): boolean {
  return PATHS.some(
    (entry) =>
      entry.method === method &&
      entry.path.test(url.pathname) &&
      entry.names.some((name) => hostMatches(name, url.hostname)) &&
      (!entry.query || url.search.slice(1).split('&').some((item) => item.includes(entry.query))),
  );
}

export function wanted(url: URL, method: string): Want {
  if ((url.protocol !== 'https:' && url.protocol !== 'wss:') || !isListed(url.hostname)) return 'no';
  if (declared(url, method)) return 'yes';
  if (NOISE.test(url.pathname)) return 'no';
  if (method === 'WS') return SOCKET.test(url.pathname) ? 'yes' : 'no';
  if (SENDS.test(method) && CHAT.test(url.pathname)) return 'yes';
  return method === 'GET' || SENDS.test(method) ? 'maybe' : 'no';
}

/** Whether an answer of this type is one that grows. */
export const isStreamed = (type: string): boolean => STREAMED.test(type);
