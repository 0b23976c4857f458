/** Finds a sentence in the page as the page draws it: other spaces, other quotation marks, cut by bold and links. */

const OTHER = /[^\p{L}\p{N}]+/gu;
const SKIPPED = 'script, style, noscript, template, textarea, [contenteditable=""], [contenteditable="true"], [role="textbox"]';
/** Fewer letters than this stand in too many places to prove anything. */
const FEWEST = 8;
const MOST_PAGE = 2_000_000;

/** Letters and digits only, in lower case. */
export const fold = (text: string): string => text.replace(OTHER, '').toLowerCase();

/** The offset in `text` at which its `count`-th folded character starts. */
function offsetOf(text: string, count: number): number {
  let folded = 0;
  let offset = 0;
  for (const letter of text) {
    const length = fold(letter).length;
    if (length > 0 && folded >= count) return offset;
    folded += length;
    offset += letter.length;
  }
  return offset;
}

function textNodes(root: Node): Text[] {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element
      ? node.matches(SKIPPED)
        ? NodeFilter.FILTER_REJECT
        : NodeFilter.FILTER_SKIP
      : NodeFilter.FILTER_ACCEPT,
  );
  const nodes: Text[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  return nodes;
}

const drawn = (range: Range): boolean => [...range.getClientRects()].some((box) => box.width > 1 && box.height > 1);

/** The last place where the sentence is drawn, or null. Open shadow trees of the page are not searched. */
export function findQuote(quote: string, root: Node = document.body): Range | null {
  const wanted = fold(quote);
  if (wanted.length < FEWEST) return null;
  const nodes = textNodes(root);
  const folds = nodes.map((node) => fold(node.data));
  const starts: number[] = [];
  let length = 0;
  for (const part of folds) {
    starts.push(length);
    length += part.length;
  }
  if (length > MOST_PAGE) return null;
  const page = folds.join('');
  for (let at = page.lastIndexOf(wanted); at >= 0; at = at > 0 ? page.lastIndexOf(wanted, at - 1) : -1) {
    const range = rangeAt(nodes, folds, starts, at, at + wanted.length);
    if (range && drawn(range)) return range;
  }
  return null;
}

function rangeAt(nodes: Text[], folds: string[], starts: number[], from: number, to: number): Range | null {
  const indexOf = (at: number): number => starts.findIndex((start, i) => start <= at && at < start + (folds[i]?.length ?? 0));
  const [first, last] = [indexOf(from), indexOf(to - 1)];
  const [firstNode, lastNode] = [nodes[first], nodes[last]];
  if (!firstNode || !lastNode) return null;
  const range = document.createRange();
  range.setStart(firstNode, offsetOf(firstNode.data, from - (starts[first] ?? 0)));
  const end = offsetOf(lastNode.data, to - 1 - (starts[last] ?? 0));
  range.setEnd(lastNode, end + String.fromCodePoint(lastNode.data.codePointAt(end) ?? 32).length);
  return range;
}
