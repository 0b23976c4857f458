/** The boxes in which the person types. */
import type { Box } from './place';

const FIELDS =
  'textarea, input[type="text"], input[type="search"], input:not([type]), [contenteditable=""], [contenteditable="true"], ' +
  '[contenteditable="plaintext-only"], [role="textbox"]';

/** With their form, where it is a bar and not half the page: the send button must stay in reach too. */
export function composers(): Box[] {
  const boxes: Box[] = [];
  for (const field of document.querySelectorAll(FIELDS)) {
    const box = field.getBoundingClientRect();
    if (box.width < 80 || box.height < 12 || box.bottom < 0 || box.top > innerHeight) continue;
    if (getComputedStyle(field).visibility !== 'visible') continue;
    boxes.push(box);
    const form = field.closest('form')?.getBoundingClientRect();
    if (form && form.height > 0 && form.height < innerHeight * 0.4) boxes.push(form);
  }
  return boxes;
}
