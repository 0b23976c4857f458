/** The warnings on this page: shown, stacked, placed, answered. */
import type { FromPage } from '../lib/messages';
import type { Alert, RetractReason, Severity } from '../lib/protocol';
import { say, type Texts } from '../lib/text';
import { Card } from './card';
import { composers } from './composer';
import { h } from './dom';
import { Highlights } from './highlight';
import { Host } from './host';
import { place } from './place';
import { STYLE } from './style';

/** More at once would be a wall; the rest waits behind one button. */
const MOST_SHOWN = 3;
const ORDER: Severity[] = ['block', 'urgent', 'warn', 'note'];

export class Overlay {
  readonly #cards = new Map<string, Card>();
  readonly #answered = new Set<string>();
  readonly #highlights = new Highlights();
  readonly #stack = h('div', { class: 'stack', role: 'region' });
  readonly #host = new Host(STYLE, () => this.#lost());
  #texts: Texts = {};
  #all = false;
  #before: Element | null = null;
  #frame = 0;

  constructor(private readonly send: (message: FromPage) => void) {
    this.#host.root.append(this.#stack);
    new ResizeObserver(() => this.#placeSoon()).observe(this.#stack);
    for (const event of ['resize', 'focusin', 'input', 'scroll']) {
      addEventListener(event, () => this.#placeSoon(), { passive: true, capture: true });
    }
    // In front of the page's own listeners: its shortcuts must not answer to keys that are meant for the warning.
    for (const event of ['keydown', 'keypress', 'keyup'] as const) {
      addEventListener(event, (key) => this.#key(key), { capture: true });
    }
  }

  show(alert: Alert, texts: Texts, language: string): void {
    if (this.#cards.has(alert.alert_id) || this.#answered.has(alert.alert_id)) return;
    this.#texts = texts;
    this.#stack.setAttribute('lang', language);
    this.#stack.setAttribute('aria-label', say(texts, 'overlay_region'));
    const id = alert.alert_id;
    const card = new Card(alert, texts, {
      seen: () => this.#close(id, { kind: 'seen', alert_id: id }),
      dismiss: () => {
        this.#answered.add(id);
        this.#highlights.remove(id);
        this.send({ kind: 'dismiss', alert_id: id });
      },
      snooze: (minutes, reason) => this.send({ kind: 'snooze', minutes, reason }),
      find: () => this.#highlights.scrollTo(id),
      resized: () => this.#placeSoon(),
    });
    this.#cards.set(id, card);
    this.#host.show();
    this.#arrange();
    card.announce();
    this.#highlights.add(id, alert.quote);
  }

  retract(alert_id: string, reason: RetractReason): void {
    // Answered here: the card already says so.
    if (reason === 'dismissed' && this.#answered.has(alert_id)) return;
    this.#highlights.remove(alert_id);
    this.#cards.get(alert_id)?.retract(reason);
  }

  focus(): void {
    const first = this.#stack.querySelector<HTMLElement>('.card');
    if (!first) return;
    this.#before = document.activeElement;
    [...this.#cards.values()].find((card) => card.element === first)?.focus();
  }

  #close(id: string, answer: FromPage): void {
    const card = this.#cards.get(id);
    if (!card) return;
    const hadFocus = this.#host.root.activeElement !== null;
    if (!this.#answered.has(id) && !card.element.classList.contains('over')) this.send(answer);
    this.#answered.add(id);
    this.#cards.delete(id);
    card.element.remove();
    this.#highlights.remove(id);
    this.#arrange();
    if (this.#cards.size === 0) this.#host.hide();
    if (hadFocus) this.#giveBackFocus();
  }

  /** To the next warning, else to where the person was before. */
  #giveBackFocus(): void {
    if (this.#cards.size > 0) this.focus();
    else if (this.#before instanceof HTMLElement && this.#before.isConnected) this.#before.focus();
  }

  #arrange(): void {
    const sorted = [...this.#cards.values()].sort((a, b) => ORDER.indexOf(a.alert.severity) - ORDER.indexOf(b.alert.severity));
    const open = this.#all ? sorted : sorted.slice(0, MOST_SHOWN);
    // One to read at a time: the others show their title.
    open.forEach((card, i) => card.compact(i > 0 || card.alert.delivery === 'quiet'));
    const elements: Element[] = open.map((card) => card.element);
    const hidden = sorted.length - open.length;
    if (hidden > 0) {
      const rest = h('button', { type: 'button', class: 'plain rest' }, say(this.#texts, 'overlay_rest', String(hidden)));
      rest.addEventListener('click', (event) => {
        if (!event.isTrusted) return;
        this.#all = true;
        this.#arrange();
      });
      elements.push(rest);
    }
    if (this.#cards.size === 0) this.#all = false;
    // Moving an element that has the focus would take the focus away.
    const present = [...this.#stack.children];
    if (elements.length !== present.length || elements.some((element, i) => element !== present[i])) {
      for (const old of present) if (!elements.includes(old)) old.remove();
      elements.forEach((element, i) => {
        if (this.#stack.children[i] !== element) this.#stack.insertBefore(element, this.#stack.children[i] ?? null);
      });
    }
    this.#place();
  }

  #placeSoon(): void {
    if (!this.#host.open || this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#place();
    });
  }

  #place(): void {
    if (!this.#host.open) return;
    const side = getComputedStyle(document.documentElement).direction === 'rtl' ? 'left' : 'right';
    const viewport = { width: document.documentElement.clientWidth || innerWidth, height: innerHeight };
    this.#host.moveTo(place(viewport, this.#wantedHeight(), composers(), side));
  }

  #wantedHeight(): number {
    let height = 0;
    for (const child of this.#stack.children) {
      const inner = child.querySelector('.more');
      height += child.clientHeight + 12 + (inner ? inner.scrollHeight - inner.clientHeight : 0);
    }
    return height;
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#host.element) return;
    event.stopImmediatePropagation();
    if (event.type !== 'keydown' || event.key !== 'Escape' || !event.isTrusted) return;
    const inside = this.#host.root.activeElement?.closest('.card');
    const card = [...this.#cards.values()].find((one) => one.element === inside);
    if (card) this.#close(card.alert.alert_id, { kind: 'seen', alert_id: card.alert.alert_id });
  }

  #lost(): void {
    for (const id of this.#cards.keys()) this.send({ kind: 'lost', alert_id: id });
    for (const id of this.#cards.keys()) this.#highlights.remove(id);
    this.#cards.clear();
    this.#stack.replaceChildren();
  }
}
