/** Pairing by the code that Groundwire shows. The code carries the port, which an extension cannot search for. */
import type { PairResult } from './messages';
import type { Pairing } from './store';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Crockford's base 32: case, hyphens and the look-alikes O, I and L do not matter. */
export function cleanCode(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
}

const LENGTH = 15;
const PORT_SHIFT = 59n;
const CHECK_BITS = 10n;
const MODULUS = 1021n;

/** The port in a code, or null for what cannot be one: 16 bits port, 49 bits secret, 10 bits check. */
export function portOf(typed: string): number | null {
  const code = cleanCode(typed);
  if (code.length !== LENGTH || [...code].some((letter) => !ALPHABET.includes(letter))) return null;
  let number = 0n;
  for (const letter of code) number = (number << 5n) | BigInt(ALPHABET.indexOf(letter));
  if ((number >> CHECK_BITS) % MODULUS !== (number & ((1n << CHECK_BITS) - 1n))) return null;
  return Number(number >> PORT_SHIFT) || null;
}

export async function pair(typed: string, name: string): Promise<{ pairing: Pairing } | { result: PairResult }> {
  const port = portOf(typed);
  if (port === null) return { result: { ok: false, why: 'bad_code' } };
  let answer: Response;
  try {
    answer = await fetch(`http://127.0.0.1:${port}/v1/pair`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code: typed.trim(), name }),
      credentials: 'omit',
    });
  } catch {
    return { result: { ok: false, why: 'unreachable' } };
  }
  if (!answer.ok) return { result: { ok: false, why: answer.status === 429 ? 'full' : 'refused' } };
  const { token, client, profile, role } = (await answer.json()) as Record<string, unknown>;
  if (typeof token !== 'string' || !token) return { result: { ok: false, why: 'refused' } };
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { pairing: { port, token, client: text(client), profile: text(profile), role: text(role) } };
}
