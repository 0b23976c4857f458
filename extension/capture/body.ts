/** Request bodies, as far as they are words. */
import { bytesOf } from './recorder';

/** Bytes of what a page sends; null for files, forms and streams. A copy: the page may go on writing into its own. */
export function bodyBytes(body: unknown): Uint8Array | null {
  if (typeof body === 'string') return bytesOf(body);
  if (body instanceof URLSearchParams) return bytesOf(body.toString());
  if (body instanceof ArrayBuffer) return new Uint8Array(body.slice(0));
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  return null;
}

/** The content type that the browser would send for this body by itself. */
export function bodyType(body: unknown): string {
  if (typeof body === 'string') return 'text/plain;charset=UTF-8';
  if (body instanceof URLSearchParams) return 'application/x-www-form-urlencoded;charset=UTF-8';
  return body instanceof Blob ? body.type : '';
}
