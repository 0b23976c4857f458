/** One warning as a person sees it. */
import type { Alert, Resource, RetractReason } from '../lib/protocol';
import { say, type Texts } from '../lib/text';
import { h, LOGO, safeLink, svg } from './dom';

export interface CardActions {
  seen(): void;
  dismiss(): void;
  snooze(minutes: number, reason: string): void;
  find(): void;
  /** The card has another height now. */
  resized(): void;
}

const SNOOZE_REASONS = ['busy', 'known', 'story', 'later'] as const;
const SNOOZE_MINUTES = [30, 120, 720] as const;

function resource({ name, contact, url }: Resource): HTMLElement {
  const link = safeLink(url);
  const label = link ? h('a', { href: link, target: '_blank', rel: 'noopener noreferrer' }, name) : name;
  return h('li', {}, h('span', { class: 'who' }, label), contact ? h('span', { class: 'contact' }, contact) : null);
}

export class Card {
  readonly element: HTMLElement;
  readonly #live = h('div', { class: 'live' });
  readonly #more = h('div', { class: 'more' });
  readonly #buttons = h('div', { class: 'buttons' });
  readonly #texts: Texts;
  #compact: boolean;
  /** Opened by the person, or in the middle of an answer: nothing else may fold it. */
  #kept = false;

  constructor(
    readonly alert: Alert,
    texts: Texts,
    private readonly actions: CardActions,
  ) {
    this.#texts = texts;
    this.#compact = alert.delivery === 'quiet';
    this.element = h('section', { class: `card ${alert.severity}`, 'aria-label': alert.title });
    if (alert.label === 'crisis') this.element.classList.add('crisis');
    const close = this.#button('close', 'overlay_close', () => actions.seen());
    close.replaceChildren(svg(['M6 6l12 12M18 6 6 18']));
    close.setAttribute('aria-label', this.#say('overlay_close'));
    close.title = this.#say('overlay_close');
    const head = h(
      'header',
      {},
      svg(LOGO, { class: 'logo' }),
      h('span', { class: 'kind' }, this.#say(`severity_${alert.severity}`)),
      h('span', { class: 'brand' }, 'Groundwire'),
      close,
    );
    // Announced when it is filled, not when it is made (ARIA live regions): see `announce`.
    this.#live.setAttribute('role', this.#compact ? 'status' : 'alert');
    this.element.append(head, this.#live, this.#more, this.#buttons);
    this.#fill();
  }

  /** Title only, with a button for the rest. */
  compact(on: boolean): void {
    if (this.#kept || on === this.#compact || this.element.classList.contains('over')) return;
    this.#compact = on;
    this.#fill();
  }

  /** After the card is in the page: the words that a screen reader speaks at once. */
  announce(): void {
    const { title, body } = this.alert;
    this.#live.replaceChildren(h('h2', {}, title), body ? h('p', { class: 'body' }, body) : '');
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('.primary, button')?.focus();
  }

  /** What was warned of does not hold any more. */
  retract(reason: RetractReason): void {
    this.element.classList.add('over');
    this.element.classList.remove('compact');
    this.#live.replaceChildren(
      h('h2', {}, this.#say('retract_title')),
      h('p', { class: 'body' }, this.#say(`retract_${reason}`)),
    );
    this.#more.replaceChildren();
    this.#buttons.replaceChildren(this.#button('primary', 'overlay_close', () => this.actions.seen()));
    this.actions.resized();
  }

  #fill(): void {
    this.element.classList.toggle('compact', this.#compact);
    if (!this.#compact) {
      this.#details();
      return;
    }
    this.#more.replaceChildren();
    this.#buttons.replaceChildren(
      this.#button('plain', 'overlay_details', () => {
        this.#kept = true;
        this.#compact = false;
        this.#fill();
        this.actions.resized();
        this.focus();
      }),
    );
  }

  #details(): void {
    const { why, advice, resources, quote, severity } = this.alert;
    const help = resources.length > 0 && h('ul', { class: 'resources', 'aria-label': this.#say('overlay_resources') }, ...resources.map(resource));
    const reasons =
      why &&
      h(
        'div',
        { class: 'why' },
        h('h3', {}, this.#say('overlay_why')),
        h('p', {}, why),
        quote ? this.#button('link', 'overlay_find', () => this.actions.find()) : null,
      );
    const what = advice.length > 0 && h('div', { class: 'advice' }, h('h3', {}, this.#say('overlay_advice')), h('ul', {}, ...advice.map((line) => h('li', {}, line))));
    // Who can help comes first when it is urgent.
    const parts = severity === 'urgent' ? [help, what, reasons] : [reasons, what, help];
    this.#more.replaceChildren(...parts.filter((part) => part instanceof Node));
    this.#buttons.replaceChildren(
      this.#button('primary', 'overlay_seen', () => this.actions.seen()),
      this.#button('text', 'overlay_dismiss', () => this.#dismissed()),
      ...(severity === 'urgent' || severity === 'block' ? [] : [this.#button('text', 'overlay_snooze', () => this.#snooze())]),
    );
  }

  #dismissed(): void {
    this.actions.dismiss();
    this.#closing('overlay_thanks');
  }

  /** A last line in place of the card's content; it goes when it was read. */
  #closing(key: string): void {
    this.element.classList.add('over');
    this.element.classList.remove('compact');
    this.#live.replaceChildren(h('p', { class: 'body' }, this.#say(key)));
    this.#more.replaceChildren();
    this.#buttons.replaceChildren(this.#button('primary', 'overlay_close', () => this.actions.seen()));
    this.actions.resized();
    this.focus();
  }

  #snooze(): void {
    this.#kept = true;
    const reasons = SNOOZE_REASONS.map((reason, i) => {
      const input = h('input', { type: 'radio', name: 'reason', value: reason, ...(i === 0 ? { checked: '' } : {}) });
      return h('label', {}, input, this.#say(`snooze_${reason}`));
    });
    const minutes = h('select', { 'aria-label': this.#say('snooze_how_long') });
    for (const value of SNOOZE_MINUTES) minutes.append(h('option', { value: String(value) }, this.#say(`snooze_${value}`)));
    const group = h('fieldset', { class: 'snooze' }, h('legend', {}, this.#say('snooze_why')), ...reasons, minutes);
    this.#more.replaceChildren(group);
    this.#buttons.replaceChildren(
      this.#button('primary', 'snooze_do', () => {
        const reason = group.querySelector<HTMLInputElement>('input:checked')?.value ?? 'later';
        this.actions.snooze(Number(minutes.value), reason);
        this.#closing('snooze_done');
      }),
      this.#button('plain', 'overlay_back', () => {
        this.#details();
        this.actions.resized();
        this.focus();
      }),
    );
    this.actions.resized();
    group.querySelector('input')?.focus();
  }

  #say(key: string, ...parts: string[]): string {
    return say(this.#texts, key, ...parts);
  }

  #button(kind: string, key: string, act: () => void): HTMLButtonElement {
    const button = h('button', { type: 'button', class: kind }, this.#say(key));
    button.addEventListener('click', (event) => {
      // A page can make up clicks; a person's are trusted.
      if (event.isTrusted) act();
    });
    return button;
  }
}
