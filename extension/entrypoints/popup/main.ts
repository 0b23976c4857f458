import { browser } from 'wxt/browser';
import { hostPermissions } from '../../lib/hosts';
import { TONES, type State } from '../../lib/state';
import { local, setLocal, type Entry } from '../../lib/store';
import { loadTexts, say, type Texts } from '../../lib/text';
import { h, LOGO, svg } from '../../overlay/dom';
import { currentState } from '../../ui/facts';
import { pairForm } from '../../ui/pair-form';

const SHOWN = 10;
const main = document.querySelector('main') ?? document.body;
let form: { language: string; element: HTMLElement } | undefined;

const clock = (language: string, when: number, withDay = false): string =>
  new Intl.DateTimeFormat(language, { timeStyle: 'short', ...(withDay ? { dateStyle: 'medium' } : {}) }).format(when);

function reasonLines(state: State, texts: Texts): string[] {
  if (state.kind === 'snoozed') return state.reasons.map((reason) => say(texts, `snooze_${reason}`));
  return state.kind === 'unprotected' || state.kind === 'not_scored' ? state.reasons : [];
}

function stateView(state: State, texts: Texts, language: string): HTMLElement {
  const part = state.until ? clock(language, state.until) : (state.reasons[0] ?? '');
  const lines = reasonLines(state, texts).map((reason) => h('p', { class: 'reason' }, reason));
  return h(
    'section',
    { class: `state ${TONES[state.kind]}`, 'data-state': state.kind },
    svg(LOGO, { class: 'logo' }),
    h('div', {}, h('h1', {}, say(texts, `state_${state.kind}`)), h('p', {}, say(texts, `advice_${state.kind}`, part)), ...lines),
  );
}

function entryView({ alert, state }: Entry, texts: Texts, language: string): HTMLElement {
  const became = state === 'dismissed' || state === 'retracted' ? ` · ${say(texts, `entry_${state}`)}` : '';
  const about = `${say(texts, `severity_${alert.severity}`)} · ${alert.exchange?.host ?? alert.service} · ${clock(language, alert.t_alert * 1000, true)}${became}`;
  return h(
    'li',
    { class: state },
    h('p', { class: 'title' }, alert.title),
    alert.body ? h('p', {}, alert.body) : null,
    h('p', { class: 'about' }, about),
  );
}

function latestView(inbox: readonly Entry[], texts: Texts, language: string): HTMLElement {
  const entries = inbox.slice(0, SHOWN).map((entry) => entryView(entry, texts, language));
  return h(
    'section',
    { class: 'latest' },
    h('h2', {}, say(texts, 'popup_latest')),
    entries.length > 0
      ? h('ul', { tabindex: '0', 'aria-label': say(texts, 'popup_latest') }, ...entries)
      : h('p', {}, say(texts, 'popup_none')),
  );
}

function actionView(state: State, texts: Texts, language: string): HTMLElement | null {
  if (state.kind === 'unpaired') {
    // Kept over redraws: a person may be typing in it.
    if (form?.language !== language) form = { language, element: pairForm(texts) };
    return form.element;
  }
  if (state.kind === 'no_access') {
    return button(say(texts, 'popup_allow'), async () => {
      await browser.permissions.request({ origins: hostPermissions() });
    });
  }
  if (state.kind === 'snoozed') return button(say(texts, 'popup_resume'), () => setLocal({ snooze: null }));
  return null;
}

function button(label: string, act: () => Promise<void>): HTMLButtonElement {
  const made = h('button', { type: 'button', class: 'primary' }, label);
  made.addEventListener('click', () => void act().then(() => browser.runtime.sendMessage({ kind: 'changed' })));
  return made;
}

async function draw(): Promise<void> {
  const { settings, inbox } = await local('settings', 'inbox');
  const { texts, language } = await loadTexts(settings.language);
  const state = await currentState();
  const open = button(say(texts, 'popup_settings'), () => browser.runtime.openOptionsPage());
  open.className = '';
  document.documentElement.lang = language;
  const parts = [
    stateView(state, texts, language),
    actionView(state, texts, language),
    state.kind === 'unpaired' ? null : latestView(inbox, texts, language),
    h('footer', {}, open),
  ].filter((part) => part !== null);
  const kept = parts.find((part) => part === form?.element && part.parentNode === main);
  if (kept && parts.length === main.children.length) {
    parts.forEach((part, i) => part !== kept && main.children[i]?.replaceWith(part));
  } else main.replaceChildren(...parts);
}

async function start(): Promise<void> {
  await draw();
  browser.storage.onChanged.addListener(() => void draw());
  browser.permissions.onAdded.addListener(() => void draw());
  await browser.runtime.sendMessage({ kind: 'changed' });
  addEventListener('pagehide', () => void browser.runtime.sendMessage({ kind: 'seen_all' }));
}

void start();
