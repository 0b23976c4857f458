/** Marks the sentences that open warnings are about, without touching the page's own elements (CSS Custom Highlight API). */
import { findQuote } from './find';

const NAME = 'groundwire-warning';
/** A streaming answer redraws many times a second. */
const REDRAWN_MS = 400;

export class Highlights {
  readonly #quotes = new Map<string, { quote: string; range: Range | null }>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #observer = new MutationObserver(() => {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, REDRAWN_MS);
  });

  add(id: string, quote: string): void {
    if (!quote || this.#quotes.has(id)) return;
    if (this.#quotes.size === 0) {
      this.#observer.observe(document.documentElement, { childList: true, subtree: true, characterData: true });
    }
    this.#quotes.set(id, { quote, range: null });
    this.#draw();
  }

  remove(id: string): void {
    if (!this.#quotes.delete(id)) return;
    if (this.#quotes.size === 0) this.#observer.disconnect();
    this.#draw();
  }

  /** The place of a sentence, searched again when the page has redrawn it. */
  range(id: string): Range | null {
    const entry = this.#quotes.get(id);
    if (!entry) return null;
    if (!entry.range || entry.range.collapsed || !entry.range.commonAncestorContainer.isConnected) {
      entry.range = document.body ? findQuote(entry.quote) : null;
    }
    return entry.range;
  }

  scrollTo(id: string): void {
    const element = this.range(id)?.startContainer.parentElement;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    element?.scrollIntoView({ block: 'center', behavior: calm ? 'auto' : 'smooth' });
  }

  #draw(): void {
    // Older Firefox has no highlights: the warning stands without the mark.
    if (!('highlights' in CSS)) return;
    const ranges = [...this.#quotes.keys()].map((id) => this.range(id)).filter((range) => range !== null);
    if (ranges.length > 0) CSS.highlights.set(NAME, new Highlight(...ranges));
    else CSS.highlights.delete(NAME);
  }
}
