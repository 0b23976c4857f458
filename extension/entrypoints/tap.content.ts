import { defineContentScript } from 'wxt/utils/define-content-script';
import { speakThrough } from '../capture/exchange';
import { wrapEventSource } from '../capture/event-source';
import { wrapFetch } from '../capture/fetch';
import { hide } from '../capture/native';
import { wrapSocket } from '../capture/socket';
import { HELLO } from '../capture/wire';
import { wrapXhr } from '../capture/xhr';
import { pagePatterns } from '../lib/hosts';

export default defineContentScript({
  matches: pagePatterns(),
  runAt: 'document_start',
  allFrames: true,
  world: 'MAIN',
  main() {
    const { port1, port2 } = new MessageChannel();
    window.postMessage(HELLO, '*', [port2]);
    speakThrough(port1);
    for (const part of [hide, wrapFetch, wrapXhr, wrapEventSource, wrapSocket]) {
      try {
        part();
      } catch {
        // What cannot be wrapped stays the browser's own.
      }
    }
  },
});
