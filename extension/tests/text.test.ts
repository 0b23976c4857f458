import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickLanguage, say } from '../lib/text';
import { safeLink } from '../overlay/dom';

test('what is put in is not read again', () => {
  assert.equal(say({ key: 'a $1 b $2' }, 'key', '$2', 'x'), 'a $2 b x');
});

test('the language of the browser, if we speak it', () => {
  assert.equal(pickLanguage('auto', 'pt-BR'), 'pt');
  assert.equal(pickLanguage('auto', 'ja'), 'en');
  assert.equal(pickLanguage('de', 'fr'), 'de');
});

test('only addresses that a person can safely follow become links', () => {
  assert.equal(safeLink('https://988lifeline.org'), 'https://988lifeline.org/');
  assert.equal(safeLink('tel:988'), 'tel:988');
  for (const bad of ['javascript:alert(1)', 'http://plain.example', 'data:text/html,x', 'nonsense', '', undefined]) {
    assert.equal(safeLink(bad), null);
  }
});
