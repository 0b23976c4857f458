import { browser } from 'wxt/browser';
import { defineContentScript } from 'wxt/utils/define-content-script';
import { pagePatterns } from '../lib/hosts';
import type { FromPage, ToPage } from '../lib/messages';
import { findQuote } from '../overlay/find';
import { Overlay } from '../overlay/overlay';
import '../overlay/highlight.css';

export default defineContentScript({
  matches: pagePatterns(),
  runAt: 'document_start',
  main() {
    const overlay = new Overlay(send);
    browser.runtime.onMessage.addListener((message: ToPage, _sender: unknown, reply: (answer: unknown) => void) => {
      reply(answer(overlay, message));
    });
    send({ kind: 'page' });
    stayConnected();
  },
});

const AGAIN_MS = 250;

/** The line to the background breaks when the browser ends the worker; asking for a new one starts the next at once. */
function stayConnected(): void {
  // Without an id the extension was removed or updated under this page.
  if (!browser.runtime?.id) return;
  browser.runtime.connect().onDisconnect.addListener(() => setTimeout(stayConnected, AGAIN_MS));
}

function send(message: FromPage): void {
  // Rejected when the extension was updated under this page: the page keeps its warnings, the next load is whole again.
  void Promise.resolve()
    .then(() => browser.runtime.sendMessage(message))
    .catch(() => undefined);
}

function answer(overlay: Overlay, message: ToPage): unknown {
  switch (message.kind) {
    case 'show':
      if (message.page && message.page !== location.hostname) return false;
      overlay.show(message.alert, message.texts, message.language);
      return true;
    case 'find':
      return { found: document.body !== null && findQuote(message.quote) !== null, page: location.hostname };
    case 'retract':
      overlay.retract(message.alert_id, message.reason);
      return true;
    case 'focus':
      overlay.focus();
      return true;
  }
}
