/** Sentences in the language that was chosen, which `browser.i18n` alone cannot do: it knows the browser's only. */
import { browser } from 'wxt/browser';
import type { Language } from './store';

export type Texts = Record<string, string>;

const LANGUAGES = ['en', 'es', 'pt', 'de', 'fr'] as const;

export function pickLanguage(chosen: Language, ofBrowser: string): string {
  if (chosen !== 'auto') return chosen;
  const base = ofBrowser.toLowerCase().split('-', 1)[0] ?? 'en';
  return (LANGUAGES as readonly string[]).includes(base) ? base : 'en';
}

const loaded = new Map<string, Promise<Texts>>();

export async function loadTexts(chosen: Language): Promise<{ texts: Texts; language: string }> {
  const language = pickLanguage(chosen, browser.i18n.getUILanguage());
  let texts = loaded.get(language);
  if (!texts) {
    texts = readTexts(language);
    loaded.set(language, texts);
  }
  return { texts: await texts, language };
}

async function readTexts(language: string): Promise<Texts> {
  const url = new URL(`_locales/${language}/messages.json`, browser.runtime.getURL('/'));
  const raw = (await (await fetch(url)).json()) as Record<string, { message: string }>;
  return Object.fromEntries(Object.entries(raw).map(([key, { message }]) => [key, message]));
}

/** `$1`, `$2` … are replaced in one pass, so that what is put in is never read again. */
export function say(texts: Texts, key: string, ...parts: string[]): string {
  return (texts[key] ?? key).replace(/\$(\d)/g, (whole, n: string) => parts[Number(n) - 1] ?? whole);
}
