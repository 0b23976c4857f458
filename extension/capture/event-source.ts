/** `EventSource`: the browser keeps the bytes to itself, so the events that the page listens to are written down again. */
import { bytesOf, quietly, seconds, type Copy, type Recorder } from './recorder';
import { listedUrl } from './shapes';

const OWN = ['open', 'error'];

class Source {
  #copy: Copy | null = null;
  readonly #heard = new Set<string>();

  constructor(
    private readonly recorder: Recorder,
    private readonly source: EventSource,
    private readonly url: string,
    private t: number,
  ) {
    source.addEventListener('open', () => quietly(() => this.#begin()));
    source.addEventListener('error', () => quietly(() => this.#broken()));
    this.hear('message');
  }

  hear(type: string): void {
    if (this.#heard.has(type) || OWN.includes(type)) return;
    this.#heard.add(type);
    this.source.addEventListener(type, (event) => quietly(() => this.#event(event as MessageEvent)));
  }

  #begin(): void {
    this.#copy?.end(true);
    this.#copy = this.recorder.open({ kind: 'http', method: 'GET', url: this.url, requestType: '', t: this.t });
    this.#copy?.head(200, 'text/event-stream');
  }

  #broken(): void {
    this.#copy?.end(true);
    this.#copy = null;
    // The browser connects again by itself.
    this.t = seconds();
  }

  #event({ type, data, lastEventId }: MessageEvent): void {
    if (typeof data !== 'string') return;
    const name = type === 'message' ? '' : `event: ${type}\n`;
    const id = lastEventId ? `id: ${lastEventId}\n` : '';
    const lines = data.split('\n').map((line) => `data: ${line}\n`);
    this.#copy?.data(false, bytesOf(`${name}${id}${lines.join('')}\n`));
  }
}

export function watchEventSources(recorder: Recorder): void {
  const sources = new WeakMap<EventSource, Source>();
  const prototype = EventSource.prototype;
  const watched = new Proxy(EventSource, {
    construct(target, parameters: ConstructorParameters<typeof EventSource>, made) {
      const t = seconds();
      const source = Reflect.construct(target, parameters, made) as EventSource;
      quietly(() => {
        const url = recorder.on ? listedUrl(source.url, document.baseURI) : null;
        if (url) sources.set(source, new Source(recorder, source, url.href, t));
      });
      return source;
    },
  });
  const add = new Proxy(prototype.addEventListener, {
    apply(target, self, parameters) {
      quietly(() => sources.get(self as EventSource)?.hear(String(parameters[0])));
      return Reflect.apply(target, self, parameters) as unknown;
    },
  });
  Object.defineProperty(prototype, 'addEventListener', { value: add, writable: true, enumerable: true, configurable: true });
  Object.defineProperty(prototype, 'constructor', { value: watched, writable: true, enumerable: false, configurable: true });
  window.EventSource = watched;
}
