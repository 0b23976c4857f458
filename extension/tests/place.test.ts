import assert from 'node:assert/strict';
import { test } from 'node:test';
import { place } from '../overlay/place';

const wide = { width: 1280, height: 800 };
const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });

test('top right by default, top left for a right-to-left page', () => {
  assert.deepEqual(place(wide, 300, []), { left: 904, top: 16, width: 360, maxHeight: 680 });
  assert.equal(place(wide, 300, [], 'left').left, 16);
});

test('stops above an input box at the bottom', () => {
  const spot = place(wide, 900, [box(200, 700, 1200, 780)]);
  assert.ok(spot.top + spot.maxHeight <= 692);
});

test('goes below an input box at the top', () => {
  assert.equal(place(wide, 300, [box(0, 0, 1280, 200)]).top, 208);
});

test('changes sides when the right side is taken', () => {
  assert.equal(place(wide, 500, [box(800, 300, 1280, 500)]).left, 16);
});

test('keeps a readable height on a small screen', () => {
  const spot = place({ width: 360, height: 300 }, 500, [box(0, 120, 360, 200)]);
  assert.equal(spot.width, 328);
  assert.ok(spot.maxHeight >= 96);
});
