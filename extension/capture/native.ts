/**
 * The browser's own functions as they were before the page ran, and a way to stand around one of them.
 *
 * A page may replace what it likes afterwards. Nothing here may throw into the page: when our part fails, the browser's
 * function has been called all the same, once, with the page's own arguments.
 */
const { apply, construct, getOwnPropertyDescriptor, defineProperty } = Reflect;
const encoder = new TextEncoder();
const encode = encoder.encode.bind(encoder);
const now = Date.now.bind(Date);
const text = btoa;
const then = Promise.prototype.then;
const add = EventTarget.prototype.addEventListener;
const readBlob = Blob.prototype.arrayBuffer;
const viewOf = Uint8Array;
const toBase64 = (Uint8Array.prototype as { toBase64?: () => string }).toBase64;

const originals = new WeakMap<object, object>();
const original = originals.get.bind(originals);

export const seconds = (): number => now() / 1000;

/** What `around` gives back is called with the function's result; when it answers with a value, that goes to the page. */
export type Around = (self: unknown, args: unknown[]) => ((result: never) => unknown) | void;

function standAround<F extends (...args: never[]) => unknown>(native: F, around: Around): F {
  const stand = new Proxy(native, {
    apply(target, self, args) {
      let after: ReturnType<Around> = undefined;
      try {
        after = around(self, args);
      } catch {
        // As if we were not there.
      }
      const result = apply(target, self, args);
      if (!after) return result;
      try {
        return after(result as never) ?? result;
      } catch {
        return result;
      }
    },
  });
  originals.set(stand, native);
  return stand;
}

/** The function `name` of `owner`, or the getter where it is one. */
export function wrap(owner: object, name: PropertyKey, around: Around): void {
  const found = getOwnPropertyDescriptor(owner, name);
  if (!found?.configurable) return;
  if (found.get) defineProperty(owner, name, { ...found, get: standAround(found.get, around) });
  else defineProperty(owner, name, { ...found, value: standAround(found.value, around) });
}

/** A class of the page's window: `made` hears of each new object. */
export function wrapClass(name: 'WebSocket' | 'EventSource', made: (object: never, args: unknown[]) => void): void {
  const found = getOwnPropertyDescriptor(window, name);
  if (!found?.configurable || typeof found.value !== 'function') return;
  const native = found.value as new (...args: unknown[]) => object;
  const stand: typeof native = new Proxy(native, {
    construct(target, args, wanted) {
      const object = construct(target, args, wanted === stand ? target : wanted) as object;
      try {
        made(object as never, args);
      } catch {
        // As if we were not there.
      }
      return object;
    },
  });
  originals.set(stand, native);
  defineProperty(window, name, { ...found, value: stand });
  const prototype = getOwnPropertyDescriptor(native.prototype, 'constructor');
  if (prototype?.configurable) defineProperty(native.prototype, 'constructor', { ...prototype, value: stand });
}

/** Asked for its source, what stands around a function answers as the function would. */
export function hide(): void {
  const found = getOwnPropertyDescriptor(Function.prototype, 'toString');
  if (!found) return;
  const native = found.value as () => string;
  const stand = new Proxy(native, {
    apply: (target, self, args) => apply(target, (typeof self === 'function' && original(self)) || self, args),
  });
  originals.set(stand, native);
  defineProperty(Function.prototype, 'toString', { ...found, value: stand });
}

export function listen(target: EventTarget, type: string, hear: (event: never) => void): void {
  const quiet = (event: Event): void => {
    try {
      hear(event as never);
    } catch {
      // As if we were not there.
    }
  };
  apply(add, target, [type, quiet]);
}

/** `then` of the browser, not of the page. */
export function chain<T, U>(promise: Promise<T>, done: (value: T) => U, failed?: (reason: unknown) => U): Promise<U> {
  return apply(then, promise, [done, failed]) as Promise<U>;
}

export const bufferOf = (blob: Blob): Promise<ArrayBuffer> => apply(readBlob, blob, []) as Promise<ArrayBuffer>;

/** The bytes of text, a buffer or a view; no copy is made of the latter. */
export function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return encode(data);
  return 'byteOffset' in data ? new viewOf(data.buffer, data.byteOffset, data.byteLength) : new viewOf(data);
}

const STEP = 0x8000;

export function base64(bytes: Uint8Array): string {
  if (toBase64) return apply(toBase64, bytes, []) as string;
  let all = '';
  for (let at = 0; at < bytes.length; at += STEP) {
    all += apply(String.fromCharCode, null, bytes.subarray(at, at + STEP) as never) as string;
  }
  return text(all);
}
