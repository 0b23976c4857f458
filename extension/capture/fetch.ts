/** `fetch`: the page gets the browser's own promise and response; a clone of an answer's body is read beside it. */
import { bodyBytes, bodyType } from './body';
import { quietly, seconds, type Copy, type Recorder } from './recorder';
import { listedUrl, mayBeAnswer, type Opened } from './shapes';

type Said = { opened: Opened; body: Promise<Uint8Array | null> };

/** What is asked, read before the browser takes the body; null for what is no business of ours. */
function asked(input: unknown, init: RequestInit | undefined): Said | null {
  const request = input instanceof Request ? input : null;
  const url = listedUrl(request ? request.url : String(input), document.baseURI);
  if (!url) return null;
  const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
  const given = init?.headers === undefined ? request?.headers.get('content-type') : new Headers(init.headers).get('content-type');
  const requestType = given ?? bodyType(init?.body);
  let body: Promise<Uint8Array | null> = Promise.resolve(null);
  if (init?.body !== undefined && init.body !== null) {
    body = init.body instanceof Blob ? init.body.arrayBuffer().then((all) => new Uint8Array(all)) : Promise.resolve(bodyBytes(init.body));
  } else if (request?.body && !request.bodyUsed && !/^(multipart|image|audio|video)\//.test(requestType)) {
    body = request.clone().arrayBuffer().then((all) => new Uint8Array(all));
  }
  body.catch(() => undefined);
  return { opened: { kind: 'http', method, url: url.href, requestType, t: seconds() }, body };
}

async function read(copy: Copy, said: Said, reader: ReadableStreamDefaultReader<Uint8Array>, head: [number, string]): Promise<void> {
  copy.stopped = () => quietly(() => reader.cancel());
  try {
    const body = await said.body.catch(() => null);
    if (body) copy.data(true, body, 'body', said.opened.t);
    copy.head(...head);
    while (copy.live) {
      const { done, value } = await reader.read();
      if (done) return copy.end(true);
      copy.data(false, value);
    }
  } catch {
    copy.end(false);
  }
}

export function watchFetch(recorder: Recorder): void {
  window.fetch = new Proxy(window.fetch, {
    apply(target, self, parameters: Parameters<typeof fetch>) {
      let said: Said | null = null;
      quietly(() => {
        if (recorder.on) said = asked(parameters[0], parameters[1]);
      });
      const answer = Reflect.apply(target, self, parameters) as Promise<Response>;
      if (said) quietly(() => watch(recorder, said as Said, answer));
      return answer;
    },
  });
}

function watch(recorder: Recorder, said: Said, answer: Promise<Response>): void {
  // Registered before the page has the promise, so that the body is cloned before anybody reads it.
  void answer.then(
    (response) =>
      quietly(() => {
        const type = response.headers.get('content-type') ?? '';
        if (!response.body || !mayBeAnswer(said.opened.method, type)) return;
        const copy = recorder.open(said.opened);
        if (!copy) return;
        const reader = response.clone().body?.getReader();
        if (!reader) return copy.gap('tee_error');
        void read(copy, said, reader, [response.status, type]);
      }),
    () => undefined,
  );
}
