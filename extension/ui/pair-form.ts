/** The form for the pairing code, in popup and options alike. */
import { browser } from 'wxt/browser';
import type { PairResult } from '../lib/messages';
import { say, type Texts } from '../lib/text';
import { h } from '../overlay/dom';

export function pairForm(texts: Texts): HTMLFormElement {
  const input = h('input', { id: 'code', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'characters', required: '' });
  // A link that Groundwire opens may bring the code; sending it stays the person's own act.
  input.value = new URLSearchParams(location.hash.slice(1)).get('pair') ?? '';
  const button = h('button', { class: 'primary' }, say(texts, 'pair_button'));
  const told = h('p', { role: 'status' });
  const form = h(
    'form',
    { class: 'pair' },
    h('label', { for: 'code' }, say(texts, 'pair_label')),
    h('div', { class: 'row' }, input, button),
    told,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });

  async function submit(): Promise<void> {
    button.disabled = true;
    told.textContent = say(texts, 'pair_busy');
    const result = (await browser.runtime.sendMessage({ kind: 'pair', code: input.value })) as PairResult | undefined;
    button.disabled = false;
    told.textContent = say(texts, result?.ok ? 'pair_done' : `pair_${result?.why ?? 'unreachable'}`);
    told.classList.toggle('ok', result?.ok === true);
    if (!result?.ok) input.focus();
  }
  return form;
}
