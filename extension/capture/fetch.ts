/**
 * `fetch`: the page reads its answer through a stream that takes from the browser's only what the page asks for.
 *
 * No branch of ours is ever behind or ahead, and when the page cancels, the request is cancelled. What the page can ask of
 * its response (address, type, headers) is answered by the browser's own.
 */
import { Exchange, isOn, type Bytes } from './exchange';
import { chain, seconds, wrap } from './native';
import { isStreamed, wanted } from './wanted';

const { apply, getOwnPropertyDescriptor } = Reflect;
const OwnResponse = Response;
const OwnRequest = Request;
const Stream = ReadableStream;
const Files = FormData;
const Form = URLSearchParams;
const Url = URL;
const header = Headers.prototype.get;
const cloneRequest = Request.prototype.clone;
const readRequest = Request.prototype.arrayBuffer;

const getter = <T>(owner: object, name: string): ((object: object) => T) => {
  const get = getOwnPropertyDescriptor(owner, name)?.get as () => T;
  return (object) => apply(get, object, []) as T;
};
const bodyOf = getter<ReadableStream<Uint8Array<ArrayBuffer>> | null>(Response.prototype, 'body');
const statusOf = getter<number>(Response.prototype, 'status');
const statusTextOf = getter<string>(Response.prototype, 'statusText');
const headersOf = getter<Headers>(Response.prototype, 'headers');
const isUsed = getter<boolean>(Response.prototype, 'bodyUsed');

/** From the response that a page holds to the browser's. */
const originals = new WeakMap<object, Response>();

interface Sent {
  type: string;
  body?: Bytes;
  later?: Promise<ArrayBuffer>;
}

export function wrapFetch(): void {
  wrap(window, 'fetch', (_self, parameters) => {
    if (!isOn()) return;
    const [input, init] = parameters as [unknown, RequestInit | undefined];
    const request = input instanceof OwnRequest ? input : null;
    const url = new Url(request ? request.url : String(input), document.baseURI);
    const method = String(init?.method ?? request?.method ?? 'GET').toUpperCase();
    const want = wanted(url, method);
    if (want === 'no') return;
    const start = seconds();
    const sent = whatIsSent(request, init, want === 'yes');
    const begin = (): Exchange => {
      const exchange = new Exchange('http', method, url, sent.type, start);
      if (sent.later) exchange.body(sent.later);
      else if (sent.body !== undefined) exchange.bytes('c2s', 'body', sent.body);
      return exchange;
    };
    const begun = want === 'yes' ? begin() : null;
    return (answer: Promise<Response>) =>
      chain(
        answer,
        (response) => {
          try {
            return through(response, begun, begin) ?? response;
          } catch {
            return response;
          }
        },
        (reason: unknown) => {
          begun?.end(false);
          throw reason;
        },
      );
  });
  for (const name of ['url', 'type', 'redirected', 'headers']) {
    const get = getter<unknown>(Response.prototype, name);
    wrap(Response.prototype, name, (self) => {
      const original = originals.get(self as object);
      return original && (() => get(original));
    });
  }
  wrap(Response.prototype, 'clone', (self) => (copy: Response) => {
    const original = originals.get(self as object);
    if (original) originals.set(copy, original);
  });
}

/** Read before the browser takes it. A `Request` gives its body only by a clone, which is made where the answer is certain to be read. */
function whatIsSent(request: Request | null, init: RequestInit | undefined, clone: boolean): Sent {
  const headers = init?.headers ? new Headers(init.headers) : request?.headers;
  const type = (headers && (apply(header, headers, ['content-type']) as string | null)) ?? '';
  const body: unknown = init?.body;
  if (body === undefined || body === null) {
    if (!clone || !request || request.bodyUsed || request.method === 'GET' || request.method === 'HEAD') return { type };
    return { later: apply(readRequest, apply(cloneRequest, request, []), []) as Promise<ArrayBuffer>, type };
  }
  if (typeof body === 'string') return { body, type: type || 'text/plain;charset=UTF-8' };
  if (body instanceof Form) return { body: body.toString(), type: type || 'application/x-www-form-urlencoded' };
  if (body instanceof Files) {
    const fields = new Form();
    for (const [name, value] of body) if (typeof value === 'string') fields.append(name, value);
    return { body: fields.toString(), type: 'application/x-www-form-urlencoded' };
  }
  if (body instanceof Blob) return { body, type: type || body.type };
  if (body instanceof ArrayBuffer) return { body: body.slice(0), type };
  if (ArrayBuffer.isView(body)) return { body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice(), type };
  return { type };
}

/** The response for the page, or nothing where the browser's own will do. */
function through(response: Response, begun: Exchange | null, begin: () => Exchange): Response | undefined {
  const status = statusOf(response);
  const headers = headersOf(response);
  const type = (apply(header, headers, ['content-type']) as string | null) ?? '';
  if (!begun && !isStreamed(type)) return undefined;
  const exchange = begun ?? begin();
  exchange.head(status, type);
  const body = isUsed(response) ? null : bodyOf(response);
  if (!body || status < 200) {
    exchange.end(body !== null || status === 204 || status === 304);
    return undefined;
  }
  const reader = body.getReader();
  const shown = new OwnResponse(passing(reader, exchange), { status, statusText: statusTextOf(response), headers });
  originals.set(shown, response);
  return shown;
}

function passing(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>, exchange: Exchange): ReadableStream<Uint8Array<ArrayBuffer>> {
  const quietly = (work: () => void): void => {
    try {
      work();
    } catch {
      // The page gets its bytes all the same.
    }
  };
  const source: UnderlyingByteSource = {
    type: 'bytes',
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          quietly(() => exchange.end(true));
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        quietly(() => exchange.bytes('s2c', 'body', value));
        controller.enqueue(value);
      } catch (error) {
        quietly(() => exchange.end(false));
        controller.error(error);
      }
    },
    cancel(reason) {
      quietly(() => exchange.end(false));
      return reader.cancel(reason);
    },
  };
  return new Stream(source, { highWaterMark: 0 }) as ReadableStream<Uint8Array<ArrayBuffer>>;
}
