/**
 * The element in the page that carries the warnings, in a closed shadow root.
 *
 * A page may remove, hide or cover what it did not make, by accident more often than by will: the element is put back, a
 * bounded number of times, and then the caller hears that this page does not let the warning stand.
 */
import type { Spot } from './place';

const MOST_RETURNS = 20;
const CHECK_MS = 1000;

/** Inline and important: no rule of the page can win against it. */
const FIXED = Object.entries({
  all: 'initial',
  display: 'block',
  position: 'fixed',
  inset: 'auto',
  margin: '0',
  padding: '0',
  border: '0',
  overflow: 'visible',
  background: 'transparent',
  'z-index': '2147483647',
  opacity: '1',
  visibility: 'visible',
  transform: 'none',
  filter: 'none',
  'clip-path': 'none',
  'pointer-events': 'auto',
  'color-scheme': 'light dark',
});

export class Host {
  readonly element = document.createElement('div');
  readonly root: ShadowRoot;
  #returns = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #spot: Spot | null = null;
  readonly #observer = new MutationObserver(() => this.#check());

  constructor(
    style: string,
    private readonly lost: () => void,
  ) {
    this.root = this.element.attachShadow({ mode: 'closed' });
    const sheet = document.createElement('style');
    sheet.textContent = style;
    this.root.append(sheet);
    this.element.addEventListener('toggle', (event) => {
      if ((event as ToggleEvent).newState === 'closed') this.#check();
    });
  }

  get open(): boolean {
    return this.#timer !== undefined;
  }

  show(): void {
    if (this.open) return;
    this.#returns = 0;
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
    this.#attach();
  }

  hide(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#observer.disconnect();
    this.element.remove();
  }

  moveTo(spot: Spot): void {
    this.#spot = spot;
    this.#styled();
  }

  #styled(): void {
    const { style } = this.element;
    for (const [name, value] of FIXED) style.setProperty(name, value, 'important');
    if (!this.#spot) return;
    const { left, top, width, maxHeight } = this.#spot;
    for (const [name, value] of Object.entries({ left, top, width, '--room': maxHeight })) {
      style.setProperty(name, `${Math.round(value)}px`, 'important');
    }
  }

  /** Inside the page's modal dialog while one is open: everything outside it is inert. */
  #parent(): Element {
    return [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.documentElement;
  }

  #attach(): void {
    this.#observer.disconnect();
    const parent = this.#parent();
    this.#styled();
    this.element.popover = 'manual';
    if (this.element.parentNode !== parent) parent.append(this.element);
    try {
      this.element.showPopover();
    } catch {
      // Already shown, or a document that is not active: the fixed position and z-index still hold.
    }
    this.#observer.observe(parent, { childList: true });
    this.#observer.observe(document, { childList: true });
    this.#observer.observe(this.element, { attributes: true, attributeFilter: ['style', 'popover', 'hidden', 'inert', 'class'] });
  }

  #intact(): boolean {
    const { element } = this;
    return (
      element.isConnected &&
      element.parentNode === this.#parent() &&
      element.matches(':popover-open') &&
      !element.hidden &&
      !element.inert &&
      element.style.getPropertyValue('display') === 'block' &&
      element.style.getPropertyPriority('display') === 'important' &&
      element.style.getPropertyValue('opacity') === '1' &&
      element.style.getPropertyValue('visibility') === 'visible'
    );
  }

  #check(): void {
    if (!this.open || this.#intact()) return;
    if (++this.#returns > MOST_RETURNS) {
      this.hide();
      this.lost();
      return;
    }
    this.element.hidden = false;
    this.element.inert = false;
    this.#attach();
  }
}
