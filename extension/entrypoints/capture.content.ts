import { defineContentScript } from 'wxt/utils/define-content-script';
import { watchEventSources } from '../capture/event-source';
import { watchFetch } from '../capture/fetch';
import { offerPort } from '../capture/meet';
import { quietly, Recorder } from '../capture/recorder';
import { watchSockets } from '../capture/socket';
import { watchXhr } from '../capture/xhr';
import { pagePatterns } from '../lib/hosts';

export default defineContentScript({
  matches: pagePatterns(),
  runAt: 'document_start',
  world: 'MAIN',
  main() {
    quietly(() => {
      const recorder = new Recorder(offerPort());
      for (const watch of [watchFetch, watchXhr, watchSockets, watchEventSources]) quietly(() => watch(recorder));
    });
  },
});
