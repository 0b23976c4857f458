import { browser } from 'wxt/browser';
import { local, setLocal, type Language, type Pairing, type Settings } from '../../lib/store';
import { loadTexts, say, type Texts } from '../../lib/text';
import { h, LOGO, svg } from '../../overlay/dom';
import { pairForm } from '../../ui/pair-form';

const main = document.querySelector('main') ?? document.body;
const NAMES: Record<Exclude<Language, 'auto'>, string> = {
  en: 'English',
  es: 'Español',
  pt: 'Português',
  de: 'Deutsch',
  fr: 'Français',
};

function button(label: string, kind: string, act: () => void): HTMLButtonElement {
  const made = h('button', { type: 'button', class: kind }, label);
  made.addEventListener('click', act);
  return made;
}

const box = (title: string, ...children: (Node | null)[]): HTMLElement =>
  h('section', { class: 'box' }, h('h2', {}, title), ...children);

function connectionView(pairing: Pairing | null, texts: Texts): HTMLElement {
  const title = say(texts, 'options_connection');
  if (!pairing) return box(title, h('p', {}, say(texts, 'advice_unpaired')), pairForm(texts));
  const row = h('div', { class: 'row' });
  const ask = button(say(texts, 'options_unpair'), '', () => {
    const yes = button(say(texts, 'options_yes'), 'primary', () => void browser.runtime.sendMessage({ kind: 'unpair' }));
    const no = button(say(texts, 'options_no'), '', () => {
      row.replaceChildren(ask);
      ask.focus();
    });
    row.replaceChildren(h('p', { role: 'alert' }, say(texts, 'options_unpair_sure')), yes, no);
    no.focus();
  });
  row.append(ask);
  return box(title, h('p', {}, say(texts, 'options_paired', pairing.profile)), row);
}

async function change(values: Partial<Settings>): Promise<void> {
  const { settings } = await local('settings');
  await setLocal({ settings: { ...settings, ...values } });
  await browser.runtime.sendMessage({ kind: 'changed' });
}

function lookView(settings: Settings, texts: Texts): HTMLElement {
  const select = h('select', { id: 'language' }, h('option', { value: 'auto' }, say(texts, 'options_auto')));
  for (const [code, name] of Object.entries(NAMES)) select.append(h('option', { value: code, lang: code }, name));
  select.value = settings.language;
  select.addEventListener('change', () => void change({ language: select.value as Language }).then(draw));
  const quiet = h('input', { type: 'checkbox', id: 'quiet', 'aria-describedby': 'quiet-hint' });
  quiet.checked = settings.quiet;
  quiet.addEventListener('change', () => void change({ quiet: quiet.checked }));
  return box(
    say(texts, 'options_look'),
    h('div', { class: 'row' }, h('label', { for: 'language' }, say(texts, 'options_language')), select),
    h(
      'div',
      { class: 'check' },
      quiet,
      h('label', { for: 'quiet' }, say(texts, 'options_quiet')),
      h('p', { class: 'hint', id: 'quiet-hint' }, say(texts, 'options_quiet_hint')),
    ),
  );
}

function privacyView(texts: Texts): HTMLElement {
  const lines = ['privacy_local', 'privacy_kept', 'privacy_requests', 'privacy_capture', 'privacy_who'];
  return box(say(texts, 'options_privacy'), h('ul', {}, ...lines.map((key) => h('li', {}, say(texts, key)))));
}

async function draw(): Promise<void> {
  const { settings, pairing } = await local('settings', 'pairing');
  const { texts, language } = await loadTexts(settings.language);
  document.documentElement.lang = language;
  document.title = say(texts, 'options_title');
  main.replaceChildren(
    h('div', { class: 'top idle' }, svg(LOGO, { class: 'logo' }), h('h1', {}, say(texts, 'options_title'))),
    connectionView(pairing, texts),
    lookView(settings, texts),
    privacyView(texts),
  );
}

browser.storage.onChanged.addListener((changes) => {
  if ('pairing' in changes) void draw();
});
void draw();
