/** Where the warnings stand so that nobody's typing is covered. Pure geometry, CSS pixels. */

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Spot {
  left: number;
  top: number;
  width: number;
  maxHeight: number;
}

const MARGIN = 16;
const WIDTH = 360;
/** Below this a warning cannot be read, even scrolled. */
const USABLE = 140;

const overlaps = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** The tallest free part of one column, from the top: [top, bottom]. */
function freePart(column: Box, avoid: readonly Box[]): [number, number] {
  const blocking = avoid.filter((box) => overlaps(column, box)).sort((a, b) => a.top - b.top);
  let best: [number, number] = [column.top, column.top];
  let from = column.top;
  for (const box of [...blocking, { top: column.bottom, bottom: column.bottom }]) {
    const until = Math.max(from, box.top === column.bottom ? column.bottom : box.top - 8);
    if (until - from > best[1] - best[0]) best = [from, until];
    from = Math.max(from, box.bottom + 8);
  }
  return best;
}

/**
 * The first of right, left and middle where `height` fits; else the one with most room, scrolled inside.
 *
 * `startSide` is the side that reading ends on: right, or left in a right-to-left page.
 */
export function place(
  viewport: { width: number; height: number },
  height: number,
  avoid: readonly Box[],
  startSide: 'right' | 'left' = 'right',
): Spot {
  const width = Math.min(WIDTH, viewport.width - 2 * MARGIN);
  const right = viewport.width - MARGIN - width;
  const lefts = startSide === 'right' ? [right, MARGIN] : [MARGIN, right];
  lefts.push((viewport.width - width) / 2);
  const spots = lefts.map((left) => {
    const column = { left, right: left + width, top: MARGIN, bottom: viewport.height - MARGIN };
    const [top, bottom] = freePart(column, avoid);
    return { left, top, width, maxHeight: bottom - top };
  });
  const wanted = Math.min(height, viewport.height * 0.75);
  const fits = spots.find((spot) => spot.maxHeight >= wanted);
  const roomiest = spots.reduce((best, spot) => (spot.maxHeight > best.maxHeight ? spot : best));
  const chosen = fits ?? roomiest;
  return { ...chosen, maxHeight: Math.max(USABLE, Math.min(chosen.maxHeight, viewport.height * 0.85)) };
}
