/** Elements made of text only: nothing that comes from outside is ever read as markup. */

type Child = Node | string | null | false;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child) element.append(child);
  return element;
}

export function svg(paths: readonly string[], attributes: Record<string, string> = {}): SVGSVGElement {
  const make = (tag: string, all: Record<string, string>): SVGElement => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(all)) element.setAttribute(name, value);
    return element;
  };
  const root = make('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false', ...attributes });
  root.append(...paths.map((d) => make('path', { d })));
  return root as SVGSVGElement;
}

/** A shield with the sign for electrical ground (IEC 60417-5017). */
export const LOGO = ['M12 2.5 20 5.5v6c0 5-3.4 8.4-8 10-4.6-1.6-8-5-8-10v-6z', 'M12 6.5v5.2M8 11.7h8M9.6 14.3h4.8M11.1 16.9h1.8'];

/** Addresses that a warning may link to; everything else stays plain text. */
export function safeLink(address: string | undefined): string | null {
  if (!address) return null;
  try {
    const url = new URL(address);
    return ['https:', 'tel:', 'sms:'].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
