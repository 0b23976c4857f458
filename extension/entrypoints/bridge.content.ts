/** Between the page's world and the background: keeps what was said until the backend has it. */
import { browser, type Browser } from 'wxt/browser';
import { defineContentScript } from 'wxt/utils/define-content-script';
import { Log, type LinkFrame } from '../capture/log';
import { HELLO, type FromTap, type ToTap } from '../capture/wire';
import { CAPTURE, type ToBridge } from '../lib/messages';
import { pagePatterns } from '../lib/hosts';

const AGAIN_MS = 250;

export default defineContentScript({
  matches: pagePatterns(),
  runAt: 'document_start',
  allFrames: true,
  main() {
    const first = (event: MessageEvent<unknown>): void => {
      const [port] = event.ports;
      if (event.data !== HELLO || event.source !== window || !port) return;
      removeEventListener('message', first, true);
      // No listener of the page hears of it.
      event.stopImmediatePropagation();
      new Bridge(port);
    };
    addEventListener('message', first, true);
  },
});

class Bridge {
  #background: Browser.runtime.Port | null = null;
  readonly #log = new Log(
    (frame) => this.#send(frame),
    (id) => this.#tell({ k: 'stop', id }),
    () => crypto.randomUUID(),
  );

  constructor(private readonly page: MessagePort) {
    page.onmessage = (event: MessageEvent<unknown>) => {
      if (typeof event.data === 'string') this.#log.heard(JSON.parse(event.data) as FromTap);
    };
    this.#connect();
  }

  #connect(): void {
    // Without an id the extension was removed or updated under this page.
    if (!browser.runtime?.id) {
      this.#log.off();
      this.#tell({ k: 'on', on: false });
      return;
    }
    const background = browser.runtime.connect({ name: CAPTURE });
    this.#background = background;
    background.onMessage.addListener((message: ToBridge) => this.#heard(message));
    background.onDisconnect.addListener(() => {
      this.#background = null;
      this.#log.down();
      setTimeout(() => this.#connect(), AGAIN_MS);
    });
  }

  #heard(message: ToBridge): void {
    switch (message.kind) {
      case 'up':
        this.#tell({ k: 'on', on: true });
        return this.#log.up(message.hosts);
      case 'hosts':
        return this.#log.told(message.hosts);
      case 'down':
        return this.#log.down();
      case 'off':
        this.#tell({ k: 'on', on: false });
        return this.#log.off();
      case 'ack':
        return this.#log.ack(message.exchange_id, message.offset, message.done);
    }
  }

  #send(frame: LinkFrame): void {
    this.#background?.postMessage(frame);
  }

  #tell(message: ToTap): void {
    this.page.postMessage(JSON.stringify(message));
  }
}
